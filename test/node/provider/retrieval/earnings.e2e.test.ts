import { join } from 'node:path';

import { expect } from 'chai';

import { devnet } from '../../../../deploy/parameters/devnet.ts';
import { deposit } from '../../../../node/chain/actions/deposit.ts';
import { openChannel } from '../../../../node/chain/actions/open-channel.ts';
import { readBalances } from '../../../../node/chain/actions/read-balances.ts';
import { readChainTime } from '../../../../node/chain/actions/read-chain-time.ts';
import { readChannel } from '../../../../node/chain/actions/read-channel.ts';
import { startClosing } from '../../../../node/chain/actions/start-closing.ts';
import { withdrawChannel } from '../../../../node/chain/actions/withdraw-channel.ts';
import type { ChainView } from '../../../../node/chain/client.ts';
import { signVoucher } from '../../../../node/chain/retrieval-data.ts';
import type { TxSender } from '../../../../node/chain/tx-sender.ts';
import type { Hex } from '../../../../node/market/messages.ts';
import { nodeIdentity } from '../../../../node/network/identity.ts';
import { fetchEarnings } from '../../../../node/provider/admin-client.ts';
import type { ProviderEarnings } from '../../../../node/provider/earnings.ts';
import { Ledger } from '../../../../node/provider/ledger/ledger.ts';
import { connect, senderOf, TOKEN } from '../../chain/market-fixture.ts';
import { startChain, type TestChain } from '../../support/chain.ts';
import { ProviderProcess } from '../support/provider-process.ts';

const PATIENCE_MS = 300_000;
const DISPUTE_S = 600;
const WEEK_S = 7 * 86_400;

/** What a provider's process makes of the vouchers that are on its disk, killed and started again as it comes. */
describe('a provider that is owed for reads, on a real chain', function () {
  this.timeout(PATIENCE_MS);
  let chain: TestChain;
  let view: ChainView;
  let client: TxSender;
  let provider: ProviderProcess;
  let providerId: number;
  let operator: Hex;

  before(async () => {
    const channels = { ...devnet.channels, disputeSeconds: DISPUTE_S };
    chain = await startChain({ blockMs: 200, periodBlocks: 20, parameters: { ...devnet, channels } });
    view = await connect(chain);
    client = senderOf(view, chain.accounts[1]!);
    await deposit(client, { amount: 100n * TOKEN });
    // The chain's clock is a week ahead of this machine's: what counts is the chain's.
    await chain.rpc('evm_increaseTime', WEEK_S);
    await chain.mine(1);
    operator = chain.accounts[2]!.address;
    provider = await ProviderProcess.create(chain, chain.accounts[2]!, { 'duties.redeem-above': '0.5' });
    await chain.rpc('hardhat_setBalance', nodeIdentity(provider.nodeKey).address, '0x8ac7230489e80000');
    providerId = (await provider.start()).provider;
  });
  after(async () => {
    await provider?.dispose();
    await chain?.stop();
  });

  async function open(life = 86_400): Promise<bigint> {
    const { seconds } = await readChainTime(view);
    const { channel } = await openChannel(client, { provider: providerId, amount: TOKEN, expiry: seconds + life });
    return channel;
  }

  async function owe(channel: bigint, amount: bigint, signature?: Hex): Promise<void> {
    const voucher = { channel, amount, readBytes: 1n, firstByteMs: 2, kibPerSecond: 3 };
    const signed = signature ?? (await signVoucher(client.account, view.deployment, voucher));
    const ledger = new Ledger(join(provider.dataDir, 'ledger.sqlite'));
    ledger.vouchers.keep([{ voucher, signature: signed }]);
    ledger.close();
  }

  async function until(done: (retrieval: ProviderEarnings['retrieval']) => boolean): Promise<ProviderEarnings> {
    for (;;) {
      const earnings = await fetchEarnings(provider.dataDir);
      if (done(earnings.retrieval)) return earnings;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async function redeemedOf(channel: bigint): Promise<bigint> {
    for (;;) {
      const { redeemed = 0n } = (await readChannel(view, channel)) ?? {};
      if (redeemed > 0n) return redeemed;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  const earnedOf = (amount: bigint): bigint => amount - (amount * BigInt(devnet.channels.burnBps) + 9_999n) / 10_000n;

  it('waits for enough, shows what is pending, and is paid for many channels in one transaction', async () => {
    const before = (await readBalances(view, operator)).escrow;
    const [first, second] = [await open(), await open()];
    await owe(first, TOKEN / 4n);
    const waiting = await until(({ pending }) => pending !== '0');
    expect(waiting.retrieval).to.include({
      redeemed: '0',
      pending: String(earnedOf(TOKEN / 4n)),
      atRisk: '0',
      lost: '0',
    });
    expect(waiting.retrieval.channels.map(({ channel }) => channel)).to.deep.equal(['1', '2']);
    await owe(second, TOKEN / 4n);
    expect([await redeemedOf(first), await redeemedOf(second)]).to.deep.equal([TOKEN / 4n, TOKEN / 4n]);
    const paid = await until(({ pending }) => pending === '0');
    expect(paid.retrieval.redeemed).to.equal(String(2n * earnedOf(TOKEN / 4n)));
    const rows = paid.retrieval.channels.map(({ redeemed }) => redeemed);
    expect(rows, 'the rows make up the total').to.deep.equal(Array(2).fill(String(earnedOf(TOKEN / 4n))));
    expect((await readBalances(view, operator)).escrow - before).to.equal(2n * earnedOf(TOKEN / 4n));
    const { stdout, code } = await provider.run('earnings');
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/reads +0\.4\d+ tokens redeemed, 0 tokens pending/)
      .and.match(/\n1 +0x/);
  });

  it('is paid for the little that is owed when its client closes, though it was killed and slept through most of the window', async () => {
    const channel = await open();
    await owe(channel, 7n);
    await provider.kill();
    await startClosing(client, { channel });
    await chain.rpc('evm_increaseTime', DISPUTE_S - 60);
    await provider.start();
    expect(await redeemedOf(channel)).to.equal(7n);
  });

  it('is paid before a channel expires', async () => {
    const channel = await open(2 * DISPUTE_S);
    await owe(channel, 9n);
    const early = await until(({ channels }) => channels.some((row) => row.channel === String(channel)));
    expect(early.retrieval.channels.at(-1)).to.include({
      pending: String(earnedOf(9n)),
      atRisk: false,
    });
    await chain.rpc('evm_increaseTime', DISPUTE_S);
    expect(await redeemedOf(channel)).to.equal(9n);
  });

  it('is not held up by a voucher that the contract refuses', async () => {
    const [bad, good] = [await open(), await open()];
    await owe(bad, TOKEN / 2n, `0x${'11'.repeat(65)}`);
    await owe(good, TOKEN / 2n);
    expect(await redeemedOf(good)).to.equal(TOKEN / 2n);
    expect((await readChannel(view, bad))?.redeemed).to.equal(0n);
  });

  it('says what it lost by being away', async () => {
    const channel = await open();
    await owe(channel, TOKEN / 8n);
    await until(({ channels }) => channels.some((row) => row.channel === String(channel)));
    await provider.kill();
    await startClosing(client, { channel });
    await chain.rpc('evm_increaseTime', DISPUTE_S + 1);
    await chain.mine(1);
    await withdrawChannel(client, { channel });
    await provider.start();
    const { retrieval } = await until(({ lost }) => lost !== '0');
    expect(retrieval.lost).to.equal(String(earnedOf(TOKEN / 8n)));
    expect(retrieval.channels.find((row) => row.channel === String(channel))).to.include({ closed: true });
  });

  it('has nothing to say while it does not run', async () => {
    await provider.kill();
    const { code, stdout, stderr } = await provider.run('earnings', '--json');
    expect(code).to.equal(4);
    expect(`${stdout}${stderr}`).to.contain('provider-not-running');
  });
});
