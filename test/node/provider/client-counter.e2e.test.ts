import { expect } from 'chai';

import { devnet } from '../../../deploy/parameters/devnet.ts';
import { reputationAbi } from '../../../node/chain/abi/reputation.ts';
import { readMarketParameters } from '../../../node/chain/actions/read-market-parameters.ts';
import { readReputation } from '../../../node/chain/actions/read-reputation.ts';
import { readStanding } from '../../../node/chain/actions/read-standing.ts';
import { connectChain, type ChainView } from '../../../node/chain/client.ts';
import { NEW_STANDING, scoreAt } from '../../../node/market/reputation.ts';
import { nodeIdentity } from '../../../node/network/identity.ts';
import { startChain, type TestChain } from '../support/chain.ts';
import { ProviderProcess } from './support/provider-process.ts';
import { TestClient } from './support/test-client.ts';

const TOKEN = 10n ** 18n;
const [OPERATOR, ...CLIENTS] = [1, 2, 3] as const;
const WAIT_MS = 90_000;

describe('A provider process with several clients', function () {
  this.timeout(300_000);
  let chain: TestChain;
  let view: ChainView;
  let provider: ProviderProcess;
  const clients: TestClient[] = [];

  before(async () => {
    // A few periods of rent for so little: scores in the middle, where the number of clients tells.
    const reputation = { ...devnet.reputation, newcomer: 10n ** 12n, fullClients: 4 };
    chain = await startChain({ blockMs: 250, periodBlocks: 16, parameters: { ...devnet, reputation } });
    view = await connectChain({ rpcUrl: chain.rpcUrl, deployments: chain.deploymentsDir });
    provider = await ProviderProcess.create(chain, chain.accounts[OPERATOR]!);
    await chain.rpc('hardhat_setBalance', nodeIdentity(provider.nodeKey).address, '0x8ac7230489e80000');
    for (const account of CLIENTS) {
      const client = await TestClient.open(chain, chain.accounts[account]!);
      await client.deposit(100n * TOKEN);
      clients.push(client);
    }
  });
  after(async () => {
    for (const client of clients) await client.close();
    await provider?.dispose();
    await chain?.stop();
  });

  it('has them counted once they were served, and its score rises', async () => {
    const ready = await provider.start();
    const id = ready.provider;
    expect(await readStanding(view, id)).to.deep.equal(NEW_STANDING);
    for (const client of clients) await client.form(await client.sign(ready, await client.place(ready, 4)));
    await provider.until('it was paid', ({ earnings }) => BigInt(earnings.paid) > 0n);
    const until = performance.now() + WAIT_MS;
    let counted = 0;
    let period = 0;
    while (counted < CLIENTS.length && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      ({ period } = await provider.status());
      counted = await countAt(id, period);
    }
    expect(counted).to.equal(CLIENTS.length);
    const { reputation } = await readMarketParameters(view);
    const uncounted = { ...(await readStanding(view, id)), recentClients: 0n, clientsBefore: 0n };
    const { score } = await readReputation(view, { provider: id, period });
    expect(score - scoreAt(uncounted, reputation, period)).to.be.greaterThan(0.01);
  });

  async function countAt(id: number, period: number): Promise<number> {
    const { reputation: address } = view.deployment.contracts;
    const call = { address, abi: reputationAbi, functionName: 'clientCountAt', args: [id, period] } as const;
    return Number(await view.client.readContract(call));
  }
});
