import { expect } from 'chai';
import type { Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

import { deposit } from '../../../node/chain/actions/deposit.ts';
import { readBalances } from '../../../node/chain/actions/read-balances.ts';
import { settle } from '../../../node/chain/actions/settle.ts';
import { withdraw } from '../../../node/chain/actions/withdraw.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { ExitCode } from '../../../node/core/errors.ts';
import { type TestChain, startChain } from '../support/chain.ts';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts';
import { rejection } from '../support/rejection.ts';
import { TOKEN, connect, senderOf } from './market-fixture.ts';

describe('sending transactions', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let chain: TestChain;
  let proxy: FaultyProxy;
  let view: ChainView;

  before(async () => {
    chain = await startChain();
    proxy = await startFaultyProxy(chain.rpcUrl);
    view = await connect(chain, proxy.url);
  });
  after(async () => {
    await proxy?.stop();
    await chain?.stop();
  });
  afterEach(async () => {
    proxy.decide = () => 'pass';
    proxy.seen.length = 0;
    await chain.rpc('evm_setAutomine', true);
    await chain.mine(1);
  });

  const nonceOf = async (address: Hex): Promise<number> => view.client.getTransactionCount({ address });

  it('sends calls that come together one after the other', async () => {
    const sender = senderOf(view, chain.accounts[1]!);
    await deposit(sender, { amount: 100n * TOKEN });
    const before = await nonceOf(sender.address);
    const amounts = [1n, 2n, 3n, 4n, 5n];
    const receipts = await Promise.all(amounts.map(async (amount) => withdraw(sender, { to: sender.address, amount })));
    expect(await nonceOf(sender.address)).to.equal(before + 5);
    const blocks = receipts.map(({ blockNumber }) => blockNumber);
    expect(blocks).to.deep.equal(blocks.toSorted((a, b) => Number(a - b)));
    expect((await readBalances(view, sender.address)).escrow).to.equal(100n * TOKEN - 15n);
  });

  it('goes on after a call that is refused', async () => {
    const sender = senderOf(view, chain.accounts[1]!);
    const refused = rejection(withdraw(sender, { to: sender.address, amount: 1_000n * TOKEN }));
    const accepted = withdraw(sender, { to: sender.address, amount: 1n });
    expect((await refused).code).to.equal('escrow-insufficient-balance');
    expect((await accepted).status).to.equal('success');
  });

  for (const fate of ['lose-answer', 'lose-request'] as const) {
    it(`sends once when the network does ${fate} for the transaction`, async () => {
      const sender = senderOf(view, chain.accounts[1]!);
      const [escrow, nonce] = [(await readBalances(view, sender.address)).escrow, await nonceOf(sender.address)];
      let losses = 0;
      proxy.decide = (method) => {
        // More than the transport's own retries, so that the sender itself has to cope.
        if (method !== 'eth_sendRawTransaction' || losses >= 4) return 'pass';
        losses += 1;
        return fate;
      };
      await withdraw(sender, { to: sender.address, amount: 7n });
      expect(losses).to.equal(fate === 'lose-request' ? 4 : losses);
      expect(losses > 0).to.equal(true);
      expect(await nonceOf(sender.address)).to.equal(nonce + 1);
      expect((await readBalances(view, sender.address)).escrow).to.equal(escrow - 7n);
    });
  }

  it('rides over an endpoint that is gone while it waits', async () => {
    const sender = senderOf(view, chain.accounts[1]!);
    let lost = 0;
    proxy.decide = (method) => {
      if (method !== 'eth_getTransactionReceipt' || lost >= 8) return 'pass';
      lost += 1;
      return 'lose-request';
    };
    const receipt = await withdraw(sender, { to: sender.address, amount: 1n });
    expect(receipt.status).to.equal('success');
    expect(lost).to.equal(8);
  });

  it('raises the price when blocks pass it by', async () => {
    const sender = senderOf(view, chain.accounts[1]!, { pollMs: 10, resendAfterBlocks: 2 });
    const nonce = await nonceOf(sender.address);
    await chain.rpc('evm_setAutomine', false);
    const sent = withdraw(sender, { to: sender.address, amount: 1n });
    const first = await pendingPrice();
    // Blocks from which everything was left out: taken out of the pool, mined, and only the next version gets in.
    await chain.rpc('hardhat_dropTransaction', first.hash);
    await chain.mine(2);
    // The first may be sent once more before the second is.
    const second = await pendingPrice(first.hash);
    expect(second.fee * 8n >= first.fee * 9n).to.equal(true);
    await chain.mine(1);
    expect((await sent).transactionHash).to.equal(second.hash);
    expect(await nonceOf(sender.address)).to.equal(nonce + 1);
  });

  async function pendingPrice(former?: Hex): Promise<{ hash: Hex; fee: bigint }> {
    for (;;) {
      const [transaction] = (await chain.rpc('eth_pendingTransactions')) as { hash: Hex; maxFeePerGas: Hex }[];
      if (transaction !== undefined && transaction.hash !== former)
        return { hash: transaction.hash, fee: BigInt(transaction.maxFeePerGas) };
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  it('waits for as many blocks as asked', async () => {
    const sender = senderOf(view, chain.accounts[1]!, { pollMs: 10, confirmations: 3 });
    let done = false;
    const sent = withdraw(sender, { to: sender.address, amount: 1n }).then((receipt) => {
      done = true;
      return receipt;
    });
    const before = proxy.seen.length;
    while (proxy.seen.slice(before).filter((method) => method === 'eth_getTransactionReceipt').length < 4) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(done).to.equal(false);
    await chain.mine(2);
    const receipt = await sent;
    expect((await view.client.getBlockNumber()) - receipt.blockNumber >= 2n).to.equal(true);
  });

  it('starts over when another program takes the nonce', async () => {
    const one = senderOf(view, chain.accounts[1]!);
    const two = senderOf(view, chain.accounts[1]!);
    const before = await readBalances(view, one.address);
    const nonce = await nonceOf(one.address);
    await Promise.all([withdraw(one, { to: one.address, amount: 1n }), withdraw(two, { to: two.address, amount: 2n })]);
    expect(await nonceOf(one.address)).to.equal(nonce + 2);
    expect((await readBalances(view, one.address)).escrow).to.equal(before.escrow - 3n);
  });

  it('takes the place of transactions that an earlier run left stuck', async () => {
    const sender = senderOf(view, chain.accounts[1]!, { pollMs: 10, resendAfterBlocks: 2 });
    await chain.rpc('evm_setAutomine', false);
    const given = new AbortController();
    const stuck = withdraw(sender, { to: sender.address, amount: 1n }, { signal: given.signal }).catch(
      (error: unknown) => error,
    );
    await pendingPrice();
    given.abort(new Error('the earlier run was killed'));
    expect(await stuck).to.equal(given.signal.reason);
    const nonce = await nonceOf(sender.address);
    const later = senderOf(view, chain.accounts[1]!, { pollMs: 10, resendAfterBlocks: 2 });
    const sent = withdraw(later, { to: sender.address, amount: 2n });
    await chain.mine(1);
    expect((await withdrawn(sent)).status).to.equal('success');
    expect(await nonceOf(sender.address)).to.equal(nonce + 2);
    async function withdrawn(work: typeof sent): ReturnType<typeof withdraw> {
      const timer = setInterval(() => void chain.mine(1), 50);
      try {
        return await work;
      } finally {
        clearInterval(timer);
      }
    }
  });

  it('names the wallet that cannot pay for gas', async () => {
    const pauper = privateKeyToAccount(generatePrivateKey());
    const rich = senderOf(view, chain.accounts[1]!);
    await withdraw(rich, { to: pauper.address, amount: 1n });
    const sender = senderOf(view, pauper);
    const error = await rejection(deposit(sender, { amount: 1n }));
    expect(error.code).to.equal('gas-funds');
    expect(error.exitCode).to.equal(ExitCode.funds);
  });

  it('keeps to the ceiling for gas', async () => {
    const sender = senderOf(view, chain.accounts[1]!, { pollMs: 10, maxFeePerGas: 1n });
    const error = await rejection(withdraw(sender, { to: sender.address, amount: 1n }));
    expect(error.code).to.equal('gas-price');
  });

  it('gives up on a chain that makes no blocks, and says that the transaction is out', async () => {
    const sender = senderOf(view, chain.accounts[1]!, { pollMs: 10, stallTimeoutMs: 300 });
    await chain.rpc('evm_setAutomine', false);
    const error = await rejection(withdraw(sender, { to: sender.address, amount: 1n }));
    expect(error.code).to.equal('chain-stalled');
    expect(error.retryable).to.equal(true);
    expect(error.message).to.match(/0x[\da-f]{64}/);
  });

  it('stops with the reason of its signal, before and after sending', async () => {
    const sender = senderOf(view, chain.accounts[1]!);
    const nonce = await nonceOf(sender.address);
    const early = AbortSignal.abort(new Error('early'));
    expect(await withdraw(sender, { to: sender.address, amount: 1n }, { signal: early }).catch(messageOf)).to.equal(
      'early',
    );
    expect(await nonceOf(sender.address)).to.equal(nonce);
    function messageOf(error: unknown): string {
      return (error as Error).message;
    }
  });

  it('names an endpoint that does not answer, without its path', async () => {
    const gone = `${proxy.url}/v2/secret-key`;
    proxy.decide = () => 'lose-request';
    const error = await rejection(connect(chain, gone));
    expect(error.code).to.equal('chain-unreachable');
    expect(error.message).to.contain(proxy.url);
    expect(JSON.stringify([error.message, error.hint, String(error.cause), error.stack])).not.to.contain('secret-key');
  });

  it('settles nothing without a transaction', async () => {
    const sender = senderOf(view, chain.accounts[1]!);
    expect(await settle(sender, { ids: [] })).to.deep.equal([]);
  });
});
