import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { formatEther } from 'viem';

import { devnet } from '../../../deploy/parameters/devnet.ts';
import { readBalances } from '../../../node/chain/actions/read-balances.ts';
import { readChannel } from '../../../node/chain/actions/read-channel.ts';
import { signVoucher } from '../../../node/chain/retrieval-data.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import type { Voucher } from '../../../node/market/messages.ts';
import { Ledger } from '../../../node/provider/ledger/ledger.ts';
import { nodeIdentity } from '../../../node/network/identity.ts';
import { connect, TOKEN } from '../chain/market-fixture.ts';
import { ProviderProcess } from '../provider/support/provider-process.ts';
import { startChain, type TestChain } from '../support/chain.ts';
import { type Client, clientOf } from './support/client.ts';
import { run } from './support/run.ts';

const PATIENCE_MS = 600_000;
const DISPUTE_S = 1_000;
const CLIENT = 1;

describe('channels from the command line, with a provider on a real chain', function () {
  this.timeout(PATIENCE_MS);
  let folder: string;
  let chain: TestChain;
  let view: ChainView;
  let provider: ProviderProcess;
  let providerId: number;
  let client: Client;
  let stranger: Client;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stow-channels-'));
    const channels = { ...devnet.channels, disputeSeconds: DISPUTE_S };
    chain = await startChain({ blockMs: 200, periodBlocks: 5_000, parameters: { ...devnet, channels } });
    view = await connect(chain);
    provider = await ProviderProcess.create(chain, chain.accounts[2]!, { 'ask.retrieval-price-per-mib': '0.0001' });
    await chain.rpc('hardhat_setBalance', nodeIdentity(provider.nodeKey).address, '0x8ac7230489e80000');
    providerId = (await provider.start()).provider;
    client = clientOf(chain, folder, CLIENT);
    stranger = clientOf(chain, folder, 3);
    for (const wallet of [client, stranger]) await wallet.must('wallet', 'deposit', '100');
  });
  after(async () => {
    await provider?.dispose();
    await chain?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(amount = '0.5', ...args: string[]): Promise<string> {
    const opened = await client.must('channel', 'open', String(providerId), amount, '--another', '--yes', ...args);
    return String(opened['channel']);
  }

  async function freeOf(account = CLIENT): Promise<bigint> {
    return (await readBalances(view, chain.accounts[account]!.address)).escrow;
  }

  async function later(seconds: number): Promise<void> {
    await chain.rpc('evm_increaseTime', seconds);
    await chain.mine(1);
  }

  async function row(channel: string): Promise<Record<string, unknown>> {
    const { records } = await client.cli('channel', 'list', '--all');
    return records.find((record) => record['type'] === 'channel' && record['channel'] === channel) ?? {};
  }

  /** What a client's reads would leave with the provider. */
  async function promise(channel: string, amount: bigint): Promise<Voucher> {
    const voucher = {
      channel: BigInt(channel),
      amount,
      readBytes: 1_048_576n,
      firstByteMs: 12,
      kibPerSecond: 13,
    };
    const signature = await signVoucher(chain.accounts[CLIENT]!, view.deployment, voucher);
    const ledger = new Ledger(join(provider.dataDir, 'ledger.sqlite'));
    try {
      ledger.vouchers.keep([{ voucher, signature }]);
    } finally {
      ledger.close();
    }
    return voucher;
  }

  it('is what reads are paid out of, whose price asks and quotes name', async () => {
    const { env } = client;
    expect((await run(['market', 'asks'], { env })).stdout)
      .to.match(/A MIB READ/)
      .and.match(/0\.0001 tokens at most/);
    const quoted = await run(['quote', '1MiB', '--code', '1/1'], { env });
    expect(quoted.stdout, quoted.stderr).to.match(/for reading it at 0\.0001 tokens a MiB at most, for the whole term/);
  });

  it('opens one: not in a dry run, not unasked, and not a second one by mistake', async () => {
    const { records } = await client.cli('channel', 'list');
    expect(records.map(({ type }) => type)).to.deep.equal(['phase']);
    const free = await freeOf();
    const dry = await client.must('channel', 'open', String(providerId), '0.5', '--dry-run');
    expect(dry).to.deep.include({ type: 'dry-run', command: 'channel open', provider: providerId });
    expect(dry['transactions']).to.have.lengthOf(1);
    expect(await client.fails('channel', 'open', String(providerId), '0.5')).to.deep.equal([2, 'confirmation-missing']);
    expect(await freeOf()).to.equal(free);
    const opened = await client.must('channel', 'open', String(providerId), '0.5', '--yes');
    expect(opened).to.include({ type: 'channel-opened', channel: '1', amount: String(TOKEN / 2n) });
    expect(free - (await freeOf())).to.equal(TOKEN / 2n);
    expect(await client.fails('channel', 'open', String(providerId), '0.5', '--yes')).to.deep.equal([
      2,
      'channel-there',
    ]);
    expect(await open()).to.equal('2');
    expect(await row('1')).to.include({ provider: providerId, promised: '0', redeemed: '0', phase: 'open' });
    const text = (await run(['channel'], { env: client.env })).stdout;
    expect(text).to.match(/^CHANNEL +PROVIDER +DEPOSIT +PROMISED +REDEEMED +LEFT +STATE\n1 +1 +0\.5 tokens +0 tokens/);
  });

  it('puts more behind it, and lets it live longer, never shorter', async () => {
    const before = Number((await row('1'))['expiry']);
    const dry = await client.must('channel', 'topup', '1', '0.25', '--dry-run');
    expect(dry).to.include({ type: 'dry-run', expiry: before });
    await client.must('channel', 'topup', '1', '0.25', '--yes');
    await client.must('channel', 'topup', '1', '0', '--expires', '60d');
    const after = await row('1');
    expect(after['deposit']).to.equal(String((3n * TOKEN) / 4n));
    expect(Number(after['expiry']) - before).to.be.greaterThan(29 * 86_400);
    const shorter = await client.fails('channel', 'topup', '1', '0', '--expires', '2d');
    expect(shorter).to.deep.equal([2, 'retrieval-channels-bad-expiry']);
    expect(await client.fails('channel', 'topup', '1', '0')).to.deep.equal([2, 'retrieval-channels-zero-amount']);
  });

  it('takes out of the wallet what the escrow account lacks, or all of it, in one transaction', async () => {
    const { address } = chain.accounts[CLIENT]!;
    const state = async () => ({
      ...(await readBalances(view, address)),
      sent: await view.client.getTransactionCount({ address }),
    });
    const before = await state();
    const amount = before.escrow + 2n * TOKEN;
    const asked = [String(providerId), formatEther(amount), '--another'] as const;
    const moves = [
      { amount: String(before.escrow), from: `escrow account of ${address}`, to: 'a channel to provider 1' },
      { amount: String(2n * TOKEN), from: `wallet ${address}`, to: 'a channel to provider 1' },
    ];
    const dry = await client.must('channel', 'open', ...asked, '--dry-run');
    expect(dry).to.deep.include({ moves, fromWallet: String(2n * TOKEN) });
    expect(dry['transactions']).to.have.lengthOf(1);
    expect(await state()).to.deep.equal(before);
    const opened = await client.must('channel', 'open', ...asked, '--yes');
    expect(opened).to.include({ amount: String(amount), fromWallet: String(2n * TOKEN) });
    const after = await state();
    expect([after.escrow, before.wallet - after.wallet, after.sent - before.sent]).to.deep.equal([0n, 2n * TOKEN, 1]);
    await client.must('wallet', 'deposit', '50');
    const channel = String(opened['channel']);
    const planned = await client.must('channel', 'topup', channel, '3', '--from-wallet', '--dry-run');
    expect(planned).to.include({ fromWallet: String(3n * TOKEN) });
    const put = await client.must('channel', 'topup', channel, '3', '--from-wallet', '--yes');
    expect(put).to.include({ fromWallet: String(3n * TOKEN), deposit: String(amount + 3n * TOKEN) });
    const end = await state();
    expect([end.escrow, after.wallet - end.wallet, end.sent - after.sent]).to.deep.equal([50n * TOKEN, 53n * TOKEN, 2]);
    expect((await readChannel(view, BigInt(channel)))?.deposit).to.equal(amount + 3n * TOKEN);
  });

  it('refuses what cannot be, and says what to do', async () => {
    const id = String(providerId);
    expect(await client.fails('channel', 'open', '99', '1', '--yes')).to.deep.equal([4, 'provider-unknown']);
    expect(await client.fails('channel', 'open', id, '10000000', '--another', '--yes')).to.deep.equal([
      6,
      'escrow-short',
    ]);
    expect(await client.fails('channel', 'topup', '1', '10000000', '--yes')).to.deep.equal([6, 'escrow-short']);
    const soon = await client.fails('channel', 'open', id, '1', '--another', '--yes', '--expires', '5m');
    expect(soon).to.deep.equal([2, 'retrieval-channels-bad-expiry']);
    for (const command of [
      ['topup', '77', '1', '--yes'],
      ['close', '77'],
    ])
      expect(await client.fails('channel', ...command)).to.deep.equal([4, 'channel-unknown']);
    for (const command of [
      ['topup', '1', '1', '--yes'],
      ['close', '1'],
      ['close', '1', '--dry-run'],
    ])
      expect(await stranger.fails('channel', ...command)).to.deep.equal([2, 'channel-not-yours']);
    for (const command of [
      ['close', 'x'],
      ['open', '0', '1'],
      ['open', id, '-1'],
      ['open', id, '1', '--expires', 'x'],
    ])
      expect((await client.fails('channel', ...command))[0], command.join(' ')).to.equal(2);
  });

  it('closes at once when the provider agrees, with what was promised last; again does no harm', async () => {
    const channel = await open();
    const nothing = await open();
    await promise(channel, TOKEN / 5n);
    const before = await freeOf();
    const dry = await client.must('channel', 'close', channel, '--dry-run');
    expect(dry).to.include({ type: 'dry-run', phase: 'open' });
    expect(await client.must('channel', 'close', channel)).to.include({
      type: 'channel-closed',
      how: 'agreed',
      paid: String(TOKEN / 5n),
      refunded: String(TOKEN / 2n - TOKEN / 5n),
    });
    expect((await freeOf()) - before).to.equal(TOKEN / 2n - TOKEN / 5n);
    expect(await client.must('channel', 'close', nothing)).to.include({ how: 'agreed', paid: '0' });
    expect((await freeOf()) - before).to.equal(TOKEN - TOKEN / 5n);
    expect(await client.must('channel', 'close', channel)).to.include({ type: 'channel-closed', how: 'earlier' });
    expect(await client.fails('channel', 'topup', channel, '1', '--yes')).to.deep.equal([2, 'channel-closed']);
    expect(await row(channel)).to.include({ phase: 'closed', left: '0', redeemed: String(TOKEN / 5n) });
  });

  it('pays no more than this wallet signed for, whatever its provider says', async () => {
    const channel = await open();
    const voucher = await promise(channel, TOKEN / 5n);
    const ledger = new Ledger(join(provider.dataDir, 'ledger.sqlite'));
    const { signature = '0x' } = ledger.vouchers.get(voucher.channel) ?? {};
    ledger.vouchers.keep([{ voucher: { ...voucher, amount: TOKEN / 4n }, signature }]);
    ledger.close();
    const { records } = await client.cli('channel', 'close', channel);
    expect(records.map((record) => record['message']).join()).to.contain('this wallet did not sign for the amount');
    expect(records.at(-1)).to.include({ type: 'channel-closing', channel });
  });

  it('closes from one side when asked to, and after the window what is left comes back', async () => {
    const channel = await open();
    const dry = await client.must('channel', 'close', channel, '--one-sided', '--dry-run');
    expect(dry).to.deep.include({ phase: 'open', moves: [] });
    const closing = await client.must('channel', 'close', channel, '--one-sided');
    expect(closing).to.include({ type: 'channel-closing', atMost: String(TOKEN / 2n) });
    const again = await client.must('channel', 'close', channel, '--one-sided');
    expect(again).to.include({ type: 'channel-closing', closesAt: closing['closesAt'] });
    expect(again['transaction']).to.equal(undefined);
    expect(await client.fails('channel', 'topup', channel, '1', '--yes')).to.deep.equal([
      1,
      'retrieval-channels-already-closing',
    ]);
    await later(DISPUTE_S);
    expect(await row(channel)).to.include({ phase: 'over' });
    const before = await freeOf();
    expect(await client.must('channel', 'close', channel)).to.include({ type: 'channel-closed', how: 'withdrawn' });
    expect((await freeOf()) - before).to.equal(TOKEN / 2n);
  });

  it('closes by itself when its time is over', async () => {
    const channel = await open('0.5', '--expires', '20m');
    await later(20 * 60);
    expect(await row(channel)).to.include({ phase: 'expired' });
    expect(await client.must('channel', 'close', channel, '--one-sided')).to.include({ type: 'channel-closing' });
    await later(DISPUTE_S);
    expect(await client.must('channel', 'close', channel)).to.include({ how: 'withdrawn' });
  });

  it('is not held up by a provider that is gone', async () => {
    const channel = await open();
    await provider.kill();
    const { code, records } = await client.cli('channel', 'close', channel);
    expect(code).to.equal(0);
    expect(records.some((record) => record['type'] === 'warning')).to.equal(true);
    expect(records.at(-1)).to.include({ type: 'channel-closing', channel });
  });
});
