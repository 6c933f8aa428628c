import { expect } from 'chai';

import { closeChannel } from '../../../node/chain/actions/close-channel.ts';
import { deposit } from '../../../node/chain/actions/deposit.ts';
import { openChannel } from '../../../node/chain/actions/open-channel.ts';
import { readBalances } from '../../../node/chain/actions/read-balances.ts';
import { readChainTime } from '../../../node/chain/actions/read-chain-time.ts';
import { readChannel } from '../../../node/chain/actions/read-channel.ts';
import { type ChannelTerms, readChannelTerms } from '../../../node/chain/actions/read-channel-terms.ts';
import { redeemVouchers } from '../../../node/chain/actions/redeem-vouchers.ts';
import { startClosing } from '../../../node/chain/actions/start-closing.ts';
import { topUpChannel } from '../../../node/chain/actions/top-up-channel.ts';
import { withdrawChannel } from '../../../node/chain/actions/withdraw-channel.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { LogWatcher } from '../../../node/chain/log-watcher.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import { signClosing, signVoucher } from '../../../node/chain/retrieval-data.ts';
import { systemClock } from '../../../node/core/clock.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { serviceOf } from '../../../node/market/service.ts';
import type { SignedVoucher, Voucher } from '../../../node/market/messages.ts';
import { type TestChain, startChain } from '../support/chain.ts';
import { rejection } from '../support/rejection.ts';
import { testIndex } from './index/test-index.ts';
import { TOKEN, type TestProvider, connect, enrol, senderOf } from './market-fixture.ts';

const DAY_S = 86_400;

/** The actions around channels, on the real contracts. */
describe('channels on a real chain', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let chain: TestChain;
  let view: ChainView;
  let client: TxSender;
  let provider: TestProvider;
  let terms: ChannelTerms;
  const index = testIndex();
  let watcher: LogWatcher;

  before(async () => {
    chain = await startChain();
    view = await connect(chain);
    client = senderOf(view, chain.accounts[1]!);
    watcher = new LogWatcher({ view, sink: index, logger: silentLogger, clock: systemClock }, { pollMs: 10 });
    await deposit(client, { amount: 100n * TOKEN });
    provider = await enrol(view, chain.accounts[2]!);
    terms = await readChannelTerms(view);
  });
  after(async () => chain?.stop());

  async function now(): Promise<number> {
    return (await readChainTime(view)).seconds;
  }

  async function open(amount = TOKEN): Promise<bigint> {
    const expiry = (await now()) + DAY_S;
    return (await openChannel(client, { provider: provider.id, amount, expiry })).channel;
  }

  const voucherOf = (channel: bigint, amount: bigint): Voucher => ({
    channel,
    amount,
    readBytes: 1_048_576n,
    firstByteMs: 25,
    kibPerSecond: 14,
  });

  async function signed(channel: bigint, amount: bigint): Promise<SignedVoucher> {
    const voucher = voucherOf(channel, amount);
    return { voucher, signature: await signVoucher(client.account, view.deployment, voucher) };
  }

  async function escrowOf(sender: TxSender): Promise<bigint> {
    return (await readBalances(view, sender.address)).escrow;
  }

  async function later(seconds: number): Promise<void> {
    await chain.rpc('evm_increaseTime', seconds);
    await chain.mine(1);
  }

  const earned = (amount: bigint): bigint => amount - (amount * terms.burnBps + 9_999n) / 10_000n;

  it('opens one, puts more behind it, and redeems the same voucher once', async () => {
    const before = await escrowOf(client);
    const channel = await open();
    const opened = await readChannel(view, channel);
    expect(opened).to.include({ client: client.address, provider: provider.id, deposit: TOKEN, redeemed: 0n });
    const expiry = Number(opened?.expiry) + DAY_S;
    await topUpChannel(client, { channel, amount: TOKEN, expiry });
    await topUpChannel(client, { channel, amount: 0n, expiry: expiry + 1 });
    expect(before - (await escrowOf(client))).to.equal(2n * TOKEN);
    expect(await readChannel(view, channel)).to.include({ deposit: 2n * TOKEN, expiry: expiry + 1 });
    const earning = await escrowOf(provider.sender);
    const first = await signed(channel, TOKEN / 2n);
    await redeemVouchers(provider.sender, [first]);
    expect((await escrowOf(provider.sender)) - earning).to.equal(earned(TOKEN / 2n));
    const again = await rejection(redeemVouchers(provider.sender, [first]));
    expect(again.code).to.equal('retrieval-channels-nothing-new');
    const tooMuch = await rejection(redeemVouchers(provider.sender, [await signed(channel, 3n * TOKEN)]));
    expect(tooMuch.code).to.equal('retrieval-channels-above-deposit');
  });

  it('redeems a batch, whatever became of some of its channels', async () => {
    const channels = [await open(), await open(), await open()];
    const batch = await Promise.all(channels.map(async (channel) => signed(channel, TOKEN / 4n)));
    await redeemVouchers(provider.sender, [batch[1]!]);
    await redeemVouchers(provider.sender, batch);
    for (const channel of channels) expect((await readChannel(view, channel))?.redeemed).to.equal(TOKEN / 4n);
  });

  it('closes at once with the consent of the provider, and only with that', async () => {
    const channel = await open();
    const { voucher } = await signed(channel, TOKEN / 4n);
    const deadline = BigInt((await now()) + DAY_S);
    const less = { ...voucher, amount: 0n };
    const signature = await signClosing(provider.nodeKey, view.deployment, { voucher, deadline });
    const before = await escrowOf(client);
    const other = await rejection(closeChannel(client, { voucher: less, closing: { deadline, signature } }));
    expect(other.code).to.equal('retrieval-channels-bad-provider-signature');
    await closeChannel(client, { voucher, closing: { deadline, signature } });
    expect((await escrowOf(client)) - before).to.equal(TOKEN - TOKEN / 4n);
    expect(await readChannel(view, channel)).to.equal(undefined);
    const gone = await rejection(closeChannel(client, { voucher, closing: { deadline, signature } }));
    expect(gone.code).to.equal('retrieval-channels-no-channel');
  });

  it('closes from one side after the dispute window, in which the provider is still paid', async () => {
    const channel = await open();
    const expiry = Number((await readChannel(view, channel))?.expiry);
    const stranger = await rejection(startClosing(provider.sender, { channel }));
    expect(stranger.code).to.equal('retrieval-channels-not-the-client');
    await startClosing(client, { channel });
    expect((await rejection(startClosing(client, { channel }))).code).to.equal('retrieval-channels-already-closing');
    const late = await rejection(topUpChannel(client, { channel, amount: 1n, expiry }));
    expect(late.code).to.equal('retrieval-channels-already-closing');
    expect((await rejection(withdrawChannel(client, { channel }))).code).to.equal('retrieval-channels-still-open');
    await redeemVouchers(provider.sender, [await signed(channel, 5n)]);
    await later(terms.disputeSeconds + 1);
    const missed = await rejection(redeemVouchers(provider.sender, [await signed(channel, 6n)]));
    expect(missed.code).to.equal('retrieval-channels-too-late');
    const before = await escrowOf(client);
    await withdrawChannel(provider.sender, { channel });
    expect((await escrowOf(client)) - before).to.equal(TOKEN - 5n);
  });

  it('refuses what cannot be', async () => {
    const expiry = (await now()) + DAY_S;
    const refused = async (call: Promise<unknown>): Promise<string> => (await rejection(call)).code;
    expect(await refused(openChannel(client, { provider: 99, amount: 1n, expiry }))).to.equal(
      'node-registry-unknown-provider',
    );
    expect(await refused(openChannel(client, { provider: provider.id, amount: 0n, expiry }))).to.equal(
      'retrieval-channels-zero-amount',
    );
    expect(await refused(openChannel(client, { provider: provider.id, amount: 1n, expiry: 5 }))).to.equal(
      'retrieval-channels-bad-expiry',
    );
    const all = (await escrowOf(client)) + 1n;
    expect(await refused(openChannel(client, { provider: provider.id, amount: all, expiry }))).to.equal(
      'escrow-insufficient-balance',
    );
    expect(await refused(startClosing(client, { channel: 99n }))).to.equal('retrieval-channels-no-channel');
  });

  it('tells all of it to the index', async () => {
    await watcher.syncOnce();
    const rows = await index.channelsOfClient(client.address);
    expect(rows.map(({ channel, status, redeemed }) => [channel, status, redeemed])).to.deep.equal([
      [1n, 'open', TOKEN / 2n],
      [2n, 'open', TOKEN / 4n],
      [3n, 'open', TOKEN / 4n],
      [4n, 'open', TOKEN / 4n],
      [5n, 'closed', TOKEN / 4n],
      [6n, 'closed', 5n],
    ]);
    for (const row of rows.filter(({ status }) => status === 'open')) {
      const { deposit: put, redeemed, expiry } = (await readChannel(view, row.channel)) ?? {};
      expect({ put, redeemed, expiry }).to.deep.equal({ put: row.deposit, redeemed: row.redeemed, expiry: row.expiry });
    }
    const row = await index.provider(provider.id);
    const service = row === undefined ? undefined : serviceOf(row);
    // A mean with weights that fade by the block: rounded as floating-point numbers are.
    expect(service?.firstByteMs).to.be.closeTo(25, 1e-9);
    expect(service?.kibPerSecond).to.be.closeTo(2 ** 14, 1e-6);
  });
});
