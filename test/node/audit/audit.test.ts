import { expect } from 'chai';
import type { Abi } from 'viem';

import { compareWithChain } from '../../../node/audit/compare/compare.ts';
import { StateReader } from '../../../node/audit/compare/reader.ts';
import { sentenceOf } from '../../../node/audit/findings.ts';
import { type AuditParameters, readAuditParameters } from '../../../node/audit/parameters.ts';
import { MarketReplay } from '../../../node/audit/replay/market-replay.ts';
import { readReputation } from '../../../node/chain/actions/read-reputation.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { marketAbis } from '../../../node/chain/market-abi.ts';
import type { MarketEvent } from '../../../node/chain/market-events.ts';
import type { AgreementId } from '../../../node/market/messages.ts';
import { connect } from '../chain/market-fixture.ts';
import { run } from '../cli/support/run.ts';
import { type TestChain, startChain } from '../support/chain.ts';
import { startFaultyProxy } from '../support/faulty-proxy.ts';
import { History } from './history.ts';

/** What an event tells that nothing else depends on: who sent a proof, where tokens came from or went beyond the escrow. */
const INFORMATIVE = [
  'possessionProofs.PeriodProven.submitter',
  'audits.AuditAnswered.submitter',
  'demands.UnitShown.submitter',
  'retrievalChannels.VoucherRedeemed.readBytes',
  'retrievalChannels.VoucherRedeemed.firstByteMs',
  'retrievalChannels.VoucherRedeemed.kibPerSecond',
  'retrievalChannels.ChannelSettled.readBytes',
  'retrievalChannels.ChannelSettled.firstByteMs',
  'retrievalChannels.ChannelSettled.kibPerSecond',
  'escrow.Deposited.from',
  'escrow.Withdrawn.to',
];

/**
 * Kinds of events of which some can be missing unseen, as no view lists what they told of: a nonce that nobody tried again, a session that
 * was not used, spending out of a session that was revoked later, a signed ask that was brought and never filled; and an answer that
 * closed its bid, as the closing says where the money went; what a bid was posted for; and that a channel
 * was closing which is over.
 */
const UNSEEN_WHEN_MISSING = [
  'agreements.NoncesRevoked',
  'escrow.SessionAuthorized',
  'escrow.SessionSpent',
  'orderBook.AskPosted',
  'orderBook.BidAnswered',
  'repairs.RepairPosted',
  'retrievalChannels.ChannelClosing',
];

/** Events that may well come twice: they replace something by the same. */
const REPEATABLE = [
  'orderBook.AskAmended',
  'nodeRegistry.AddressesUpdated',
  'nodeRegistry.CapacityChanged',
  'agreements.NoncesRevoked',
  'escrow.SessionAuthorized',
  'possessionProofs.MaintenanceDeclared',
];

/** Reads each value once: the chain does not change while its log is tampered with. */
class RememberingReader extends StateReader {
  readonly #known = new Map<string, Promise<unknown>>();

  override market: StateReader['market'] = async (contract, functionName, args) =>
    this.#once(`${contract} ${functionName} ${String(args)}`, () => super.market(contract, functionName, args));

  override async hashOf(block: bigint): Promise<`0x${string}` | undefined> {
    return this.#once(`block ${block}`, () => super.hashOf(block));
  }

  async #once<T>(key: string, read: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key) ?? read();
    this.#known.set(key, known);
    return known as Promise<T>;
  }
}

describe('the audit of a market in which everything happened', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let chain: TestChain;
  let view: ChainView;
  let parameters: AuditParameters;
  let events: MarketEvent[];
  let reader: RememberingReader;
  let failed: AgreementId;
  let env: Record<string, string>;

  before(async () => {
    chain = await startChain({ periodBlocks: 40 });
    view = await connect(chain);
    const history = new History(chain, view);
    failed = await history.play();
    const told = await history.events();
    events = told.events;
    reader = new RememberingReader(view, told.block, {});
    parameters = await readAuditParameters(view);
    env = { STOWMARKET_CHAIN_RPC_URL: chain.rpcUrl, STOWMARKET_CHAIN_DEPLOYMENTS: chain.deploymentsDir };
  });
  after(async () => chain?.stop());

  function replayOf(list: readonly MarketEvent[]): MarketReplay {
    const replay = new MarketReplay(parameters, view.deployment.contracts);
    for (const event of list) replay.apply(event);
    replay.finish();
    return replay;
  }

  /** Whether the replay alone or the comparison notices. */
  async function notices(list: readonly MarketEvent[]): Promise<boolean> {
    const replay = replayOf(list);
    if (replay.findings.differences.length === 0) await compareWithChain(replay, reader, {});
    return replay.findings.differences.length > 0;
  }

  it('finds nothing that differs', async () => {
    const replay = replayOf(events);
    const given = await compareWithChain(replay, reader, {});
    expect(replay.findings.differences.map(sentenceOf)).to.deep.equal([]);
    expect(given).to.equal(0n);
    expect(replay.findings.compared).to.be.greaterThan(1_000);
  });

  it('has seen every kind of event', () => {
    const seen = new Set(events.map(({ contract, name }) => `${contract}.${name}`));
    // Who may read what moves no money and makes no score: the replay looks away.
    const { catalog: _catalog, ...audited } = marketAbis;
    const all = Object.entries(audited).flatMap(([contract, abi]) =>
      (abi as Abi).flatMap((item) => (item.type === 'event' ? `${contract}.${item.name}` : [])),
    );
    expect([...seen]).to.have.members(all);
  });

  it('has a ledger in which every purse adds up to what is in it', () => {
    const { ledger, accounts, stakes, agreements, audits, bids, channels, demands } = replayOf(events);
    const purses = new Map<string, bigint>();
    for (const { from, to, amount } of ledger.movements) {
      purses.set(from, (purses.get(from) ?? 0n) - amount);
      purses.set(to, (purses.get(to) ?? 0n) + amount);
    }
    const sum = (prefix: string): bigint =>
      [...purses].reduce((total, [name, amount]) => total + (name.startsWith(prefix) ? amount : 0n), 0n);
    for (let account = 1; account < accounts.count; account += 1)
      expect(purses.get(`account ${accounts.ownerOf(account)}`) ?? 0n).to.equal(accounts.availableIn(account));
    expect(purses.get('burn') ?? 0n).to.equal(accounts.availableIn(0));
    expect(sum('agreement ')).to.equal(agreements.locked);
    expect(sum('audit ')).to.equal(audits.bonds);
    expect(sum('channel ')).to.equal(channels.locked);
    expect(sum('demand ')).to.equal(demands.bonds);
    expect(sum('bid ')).to.equal(bids.locked);
    expect(sum('stake ') + sum('collateral ') + sum('unbonding ') + sum('fees ')).to.equal(stakes.total);
    for (const [provider, { free, unbonding }] of stakes.all()) {
      expect(purses.get(`stake ${provider}`) ?? 0n).to.equal(free);
      expect(purses.get(`unbonding ${provider}`) ?? 0n).to.equal(unbonding);
    }
  });

  it('notices every event that is missing', async () => {
    const unnoticed: string[] = [];
    for (const [i, event] of events.entries()) {
      if (!(await notices(events.toSpliced(i, 1)))) unnoticed.push(nameOf(event));
    }
    const kinds = new Set(unnoticed.map((name) => name.split(' ')[0]));
    expect([...kinds]).to.have.members(UNSEEN_WHEN_MISSING);
  });

  it('notices every event that is told twice', async () => {
    const unnoticed: string[] = [];
    for (const [i, event] of events.entries()) {
      if (!(await notices(events.toSpliced(i, 0, event)))) unnoticed.push(nameOf(event));
    }
    const kinds = new Set(unnoticed.map((name) => name.split(' ')[0]));
    expect([...kinds]).to.have.members(REPEATABLE);
  });

  it('notices every value that was altered, but for those that nothing depends on', async () => {
    const noticed = new Map<string, boolean>();
    for (const [i, event] of events.entries()) {
      for (const { path, altered } of alterations(event)) {
        const field = `${event.contract}.${event.name}.${path}`;
        // Of some events another one replaces all that they said: each value must matter at least once.
        if (noticed.get(field) !== true) noticed.set(field, await notices(events.with(i, altered)));
      }
    }
    const unnoticed = [...noticed].flatMap(([field, was]) => (was ? [] : field));
    expect(unnoticed).to.have.members(INFORMATIVE);
  });

  it('tells how the score of each provider came about, as the contract has it', async () => {
    const kinds = new Set<string>();
    for (const provider of [1, 2, 3]) {
      const { code, stdout } = await run(['--json', 'reputation', String(provider), '--history'], { env });
      expect(code).to.equal(0);
      const { history, missedPeriods, kept, provenPeriods } = JSON.parse(stdout) as {
        history: { what: string; count: number; period: number; score: number }[];
      } & Record<string, number>;
      const count = (what: string): number =>
        history.reduce((sum, entry) => sum + (entry.what === what ? entry.count : 0), 0);
      expect(history[0]?.what).to.equal('registered');
      expect([count('missed'), count('kept'), count('proven')]).to.deep.equal([missedPeriods, kept, provenPeriods]);
      const { period, score } = history.at(-1)!;
      expect(score).to.be.closeTo((await readReputation(view, { provider, period })).score, 1e-12);
      for (const { what } of history) kinds.add(what);
    }
    expect([...kinds]).to.include.members([
      'proven',
      'missed',
      'kept',
      'handed over',
      'audit answered',
      'client counted',
    ]);
  });

  it('says so on the command line and ends with 0', async () => {
    const { code, stdout, stderr } = await run(['audit'], { env });
    expect(code, stderr + stdout).to.equal(0);
    expect(stdout).to.contain('everything agrees, to the wei');
    const json = await run(['audit', '--json'], { env });
    expect([json.code, json.records.length, json.records[0]?.['agrees']]).to.deep.equal([0, 1, true]);
    const { accounts } = replayOf(events);
    const { held, given, ...locks } = json.records[0]!['escrow'] as Record<string, string>;
    expect([held, given]).to.deep.equal([String(accounts.held), '0']);
    const inAccounts = Array.from({ length: accounts.count }, (_, account) => accounts.availableIn(account));
    const parts = [...Object.values(locks).map(BigInt), ...inAccounts];
    expect(parts.reduce((sum, part) => sum + part, 0n)).to.equal(accounts.held);
  });

  it('prints the movements as CSV, from a block on when asked', async () => {
    const { code, stdout } = await run(['audit', '--csv'], { env });
    const lines = stdout.trim().split('\n');
    expect([code, lines.length]).to.deep.equal([0, replayOf(events).ledger.movements.length + 1]);
    const from = lines[Math.floor(lines.length / 2)]?.split(',')[0] ?? '';
    const later = await run(['audit', '--csv', '--from', from], { env });
    expect(later.stdout.trim().split('\n').slice(1)).to.deep.equal(
      lines.slice(1).filter((line) => Number(line.split(',')[0]) >= Number(from)),
    );
    const both = await run(['audit', '--csv', '--json'], { env });
    expect([both.code, both.records[0]?.['code']]).to.deep.equal([2, 'audit-two-formats']);
  });

  it('names what differs and ends with 1 when the endpoint hides an event, or lies about a balance', async () => {
    const proxy = await startFaultyProxy(chain.rpcUrl);
    const lied = { ...env, STOWMARKET_CHAIN_RPC_URL: proxy.url };
    try {
      const hidden = events.findIndex(({ contract, name }) => contract === 'agreements' && name === 'AgreementSettled');
      proxy.alter = (method, answer) => (method === 'eth_getLogs' ? without(answer, hidden) : answer);
      const less = await run(['audit', '--json'], { env: lied });
      const [record] = less.records as { agrees: boolean; differences: { sentence: string }[] }[];
      expect([less.code, record?.agrees]).to.deep.equal([1, false]);
      expect(record?.differences[0]?.sentence).to.match(/by the replay, .*\(block \d+, transaction 0x[0-9a-f]{64}\)$/);
      const csv = await run(['audit', '--csv'], { env: lied });
      expect([csv.code, csv.stderr.includes('by the replay')]).to.deep.equal([1, true]);

      const locked = replayOf(events).accounts.lockedBy('Collateral');
      proxy.alter = (_method, answer) => answer.replace(wordOf(locked), wordOf(locked + 1n));
      const more = await run(['audit'], { env: lied });
      expect(more.code).to.equal(1);
      expect(more.stdout).to.match(
        /the lock of Collateral: locked is \d+ by the replay, the chain says \d+ \(last touched/,
      );
    } finally {
      await proxy.stop();
    }
  });

  it('shows the ledger of one agreement', async () => {
    const id = `${failed >> 32n}.${failed & 0xffff_ffffn}`;
    const { code, stdout } = await run(['audit', '--agreement', id], { env });
    expect([code, /failed/.test(stdout), /slashed/.test(stdout)]).to.deep.equal([0, true, true]);
    const unknown = await run(['audit', '--agreement', '99.1', '--json'], { env });
    expect([unknown.code, unknown.records[0]?.['code']]).to.deep.equal([4, 'audit-agreement-unknown']);
  });

  function nameOf({ contract, name, place }: MarketEvent): string {
    return `${contract}.${name} in block ${place.block}`;
  }
});

/** The event with each of its values altered in turn. */
function* alterations(event: MarketEvent): Generator<{ path: string; altered: MarketEvent }> {
  for (const { path, values } of variants({ ...event.args }))
    yield { path, altered: { ...event, args: values } as unknown as MarketEvent };
}

function* variants(values: Record<string, unknown>): Generator<{ path: string; values: Record<string, unknown> }> {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'object' && value !== null) {
      for (const inner of variants({ ...value }))
        yield { path: `${name}.${inner.path}`, values: { ...values, [name]: inner.values } };
    } else yield { path: name, values: { ...values, [name]: other(value) } };
  }
}

/** An answer to `eth_getLogs` that leaves one out. */
function without(answer: string, index: number): string {
  const { result, ...rest } = JSON.parse(answer) as { result: unknown[] };
  return JSON.stringify({ ...rest, result: result.toSpliced(index, 1) });
}

/** As the chain answers it. */
function wordOf(value: bigint): string {
  return value.toString(16).padStart(64, '0');
}

function other(value: unknown): unknown {
  if (typeof value === 'bigint') return value + 1n;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  const text = String(value);
  // Another last hex digit, or another text.
  return text.startsWith('0x') ? `${text.slice(0, -1).toLowerCase()}${text.endsWith('1') ? '2' : '1'}` : `${text}x`;
}
