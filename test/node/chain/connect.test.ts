import { expect } from 'chai';

import type { ChainView } from '../../../node/chain/client.ts';
import { type TestChain, startChain } from '../support/chain.ts';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts';
import { rejection } from '../support/rejection.ts';
import { connect } from './market-fixture.ts';

describe('connecting to a chain', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let chain: TestChain;
  let proxy: FaultyProxy;

  before(async () => {
    chain = await startChain();
  });
  after(async () => chain?.stop());
  beforeEach(async () => {
    proxy = await startFaultyProxy(chain.rpcUrl);
  });
  afterEach(async () => proxy.stop());

  /** Asks three things in the same moment. @returns the HTTP requests that this took */
  async function exchangesOfThree({ client }: ChainView): Promise<number> {
    const before = proxy.exchanges;
    const [block, gasPrice, balance] = await Promise.all([
      client.getBlockNumber(),
      client.getGasPrice(),
      client.getBalance({ address: chain.accounts[0]!.address }),
    ]);
    expect(block > 0n && gasPrice > 0n && balance > 0n).to.equal(true);
    return proxy.exchanges - before;
  }

  it('sends what is asked in the same moment as one batch', async () => {
    expect(await exchangesOfThree(await connect(chain, proxy.url))).to.equal(1);
  });

  it('asks one by one where batches are refused', async () => {
    proxy.takesBatches = false;
    expect(await exchangesOfThree(await connect(chain, proxy.url))).to.equal(3);
  });

  it('gives each of a batch its own answer, an error too', async () => {
    const { client } = await connect(chain, proxy.url);
    proxy.decide = (method) => (method === 'eth_gasPrice' ? 'refuse' : 'pass');
    const [block, gasPrice] = await Promise.allSettled([client.getBlockNumber(), client.getGasPrice()]);
    expect(block.status).to.equal('fulfilled');
    expect(gasPrice.status === 'rejected' ? String(gasPrice.reason) : '').to.contain('exceeds the limit');
  });

  it('says that nobody answers, after asking in both ways', async () => {
    proxy.decide = () => 'lose-request';
    expect(await rejection(connect(chain, proxy.url))).to.include({ code: 'chain-unreachable', retryable: true });
    expect(proxy.seen).to.include('eth_chainId').and.to.not.include('eth_getCode');
  });
});
