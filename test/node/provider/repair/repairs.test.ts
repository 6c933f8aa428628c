import { expect } from 'chai';

import { REPAIR_GRACE_PERIODS } from '../../../../node/agreements/limits.ts';
import { AgreementStatus } from '../../../../node/chain/records.ts';
import { fromHex } from '../../../../node/core/bytes.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { agreementId } from '../../../../node/market/agreement-id.ts';
import type { BidPolicy } from '../../../../node/market/bid-rule.ts';
import { repairCeiling } from '../../../../node/market/repair-price.ts';
import type { Holding } from '../../../../node/provider/ledger/holdings.ts';
import { Ledger } from '../../../../node/provider/ledger/ledger.ts';
import {
  ANSWER_DEADLINE_S,
  REBUILDS_AT_ONCE,
  REPAIR_PRICE_FACTOR,
  REPAIR_SPREAD_BLOCKS,
} from '../../../../node/provider/limits.ts';
import { OVER, type Verdict } from '../../../../node/provider/repair/lost-shards.ts';
import { Rebuilder } from '../../../../node/provider/repair/rebuilder.ts';
import { RepairAnswerer } from '../../../../node/provider/repair/repair-answerer.ts';
import { readRepairFacts } from '../../../../node/provider/repair/repair-facts.ts';
import { RepairPoster } from '../../../../node/provider/repair/repair-poster.ts';
import type { AgreementId } from '../../../../node/market/messages.ts';
import type { ShardAccess } from '../../../../node/transfer/read/shard-access.ts';
import { MemoryShardStore } from '../../../../node/store/memory/memory-shard-store.ts';
import { client } from '../../agreements/samples.ts';
import { FakeChainClock, settle } from '../fakes.ts';
import { rejection } from '../../support/rejection.ts';
import { BOUNTY, HEAD, LEFT, operator, POLICY, PRICE, RepairWorld, SELF } from './repair-world.ts';

/** This provider: it holds no shard of the object, whose providers are 1 to n. */
const OURS = 9;
const LOST = agreementId(1, 0);
const FORMED = agreementId(OURS, 0);
const signal = new AbortController().signal;

describe('repairing what others lost', () => {
  let world: RepairWorld;
  let ledger: Ledger;

  beforeEach(async () => {
    world = await RepairWorld.create(2, 4);
    ledger = new Ledger(':memory:');
  });
  afterEach(() => ledger.close());

  describe('posting the bid', () => {
    /** As often as it is this provider's turn. */
    async function consider(policy: Partial<BidPolicy> = {}, self: Partial<typeof SELF> = {}): Promise<Verdict> {
      const poster = new RepairPoster(
        {
          chain: world.chain,
          chainClock: { opening: (period) => BigInt(period) * 10n },
          lookAtSelf: async () => ({ ...SELF, ...self }),
          logger: silentLogger,
        },
        { provider: OURS, operator: operator(OURS), policy: { ...POLICY, ...policy }, bounty: BOUNTY },
      );
      const first = await poster.consider(LOST, HEAD, signal);
      if (first.kind !== 'later' || first.blocks === 0n || first.blocks >= REPAIR_SPREAD_BLOCKS) return first;
      expect(world.sent).to.deep.equal([]);
      return poster.consider(LOST, { ...HEAD, block: HEAD.block + first.blocks }, signal);
    }

    it('posts it when its turn has come, and looks at it again at once', async () => {
      world.put(LOST, 0, AgreementStatus.failed);
      expect(await consider()).to.deep.equal({ kind: 'later', blocks: 0n });
      expect(world.sent).to.deep.equal([`post ${LOST} ${world.objectKey}`]);
    });

    it('ends the agreement of a provider that failed first, and leaves those of others alone', async () => {
      expect(await consider()).to.deep.equal(OVER);
      world.failed.add(1);
      // The end brings in what is missing.
      world.available = 0n;
      await consider();
      expect(world.sent).to.deep.equal([`end ${LOST}`, `post ${LOST} ${world.objectKey}`]);
    });

    it('waits until its client pays: the ceiling with its burn, to the wei, out of budget and balance', async () => {
      world.put(LOST, 0, AgreementStatus.failed);
      const lost = { pricePerUnitPeriod: PRICE, collateralPeriods: 10, repair: false, provenPeriods: 0 };
      const ceiling = repairCeiling(lost, BigInt(LEFT), BOUNTY);
      const rent = ceiling * BigInt(world.units * LEFT);
      const total = rent + (rent * 200n + 9_999n) / 10_000n;
      const unpaid = { kind: 'unpaid', client: client.address };
      for (const session of [
        undefined,
        { budget: total - 1n, expiry: 2_000 },
        { budget: total, expiry: HEAD.timestampS },
      ]) {
        world.session = session;
        expect(await consider()).to.deep.equal(unpaid);
      }
      world.session = { budget: total, expiry: HEAD.timestampS + 1 };
      world.available = total - 1n;
      expect(await consider()).to.deep.equal(unpaid);
      world.available = total;
      expect(await consider()).to.deep.equal({ kind: 'later', blocks: 0n });
    });

    it('leaves what does not suit for later, and what is not for its operator', async () => {
      world.put(LOST, 0, AgreementStatus.failed);
      expect((await consider({ minPrice: 10n * PRICE })).kind).to.equal('later');
      expect((await consider({}, { freeUnits: 0 })).kind).to.equal('later');
      expect((await consider({ accept: false })).kind).to.equal('later');
      for (const other of [1, 3]) {
        world.operators = new Map([[other, OURS]]);
        expect(await consider()).to.deep.equal(OVER);
      }
      world.operators.clear();
      world.holders = [agreementId(5, 0), ...world.holders.slice(1)];
      expect(await consider()).to.deep.equal(OVER);
      expect(world.sent).to.deep.equal([]);
    });
  });

  describe('answering it', () => {
    let store: MemoryShardStore;
    beforeEach(() => (store = new MemoryShardStore({ capacityUnits: 100 })));

    /** This provider's agreement over the shard that is said to be lost. */
    function hold(over: Partial<Holding>): void {
      const { objectKey, units } = world;
      const terms = { objectKey, client: client.address, shardIndex: 0, root: world.rootOf(0), units, periods: LEFT };
      const served = { inheritedPeriods: 0, provenPeriods: 3, settledPeriods: 3 };
      const state = { pricePerUnitPeriod: PRICE, startPeriod: 11, status: 'active' as const };
      ledger.holdings.put({ id: FORMED, ...terms, ...served, ...state, ...over });
    }

    async function consider(
      over: Partial<BidPolicy> = {},
      self: Partial<typeof SELF> = {},
      stake = 10n ** 12n,
    ): Promise<Verdict> {
      const { repair } = world;
      if (repair === undefined) return expect.fail('a bid stands');
      const answerer = new RepairAnswerer(
        {
          chain: {
            ...world.chain,
            answerBid: async (...args) => {
              // The promise is on disk before it leaves.
              expect(ledger.repairs.get(LOST)?.state).to.equal('answered');
              return world.chain.answerBid(...args);
            },
          },
          book: ledger.repairs,
          holdings: ledger.holdings,
          store,
          stake: async () => stake,
          lookAtSelf: async () => ({ ...SELF, ...self }),
          accessFor: () => world,
          signAgreement: async () => `0x${'11'.repeat(65)}`,
          sync: async () => void world.sent.push('sync'),
          logger: silentLogger,
        },
        { provider: OURS, operator: operator(OURS), policy: { ...POLICY, ...over }, askPrice: POLICY.minPrice },
      );
      return answerer.consider(LOST, repair, HEAD, signal);
    }

    it('answers once enough of the others can be read, with the root that the chain knows', async () => {
      world.post();
      world.dead.add(2).add(3);
      const { code, message } = await rejection(consider());
      expect(code).to.equal('too-few-shards');
      expect(message).to.contain('shard 1, provider 2').and.to.contain('shard 2, provider 3');
      expect(ledger.repairs.get(LOST)).to.equal(undefined);

      world.dead.delete(3);
      expect(await consider()).to.deep.equal(OVER);
      expect(world.sent).to.deep.equal(['answer 3', 'sync']);
      const [agreement] = world.answers;
      expect(agreement).to.include({ provider: OURS, shardIndex: 0, periods: LEFT, pricePerUnitPeriod: PRICE });
      expect(agreement?.shardRoot).to.equal(world.rootOf(0));
      expect(agreement?.collateral).to.equal(PRICE * BigInt(world.units) * 10n);
    });

    it('waits for its price and its stake, and does not count an answer of its own twice', async () => {
      world.post({ startPrice: 10n, ceiling: 200n, climbSeconds: 100 });
      expect((await consider()).kind).to.equal('later');
      world.post();
      const collateral = PRICE * BigInt(world.units) * 10n;
      expect((await consider({}, { lockable: collateral - 1n })).kind).to.equal('later');
      await consider({}, { lockable: collateral });
      // It was not formed: the next try comes with all of the stake promised.
      await consider({ minPrice: 0n }, { lockable: 0n });
      expect(world.sent.filter((what) => what === 'answer 3')).to.have.lengthOf(2);
    });

    it('does not let a bid name what it holds for others as lost, by whatever ledger it knows it', async () => {
      const stranger = operator(77);
      world.post();
      for (const foreign of [{ client: stranger }, { objectKey: world.rootOf(1) }]) {
        hold({ ...foreign, status: 'kept' });
        expect(await consider()).to.deep.equal(OVER);
      }
      hold({ status: 'kept' });
      const { objectKey, units } = world;
      const root = world.rootOf(0);
      const other = { lost: 99n, bidId: 8n, client: stranger, objectKey, shardIndex: 0, root, units };
      ledger.repairs.answer({ ...other, collateral: 1n, deadline: 2_000 });
      expect(await consider()).to.deep.equal(OVER);
      ledger.repairs.end(99n, 'failed');
      const write = await store.create(units);
      await write.write(world.stored.shards[0]!);
      await write.commit(fromHex(root, 32));
      expect(await consider()).to.deep.equal(OVER);
      expect(world.sent).to.deep.equal([]);
    });

    it('puts little at risk: at most twice its own price, and of its stake one part in a hundred', async () => {
      world.post({ startPrice: 1_000n, ceiling: 1_000n });
      const price = REPAIR_PRICE_FACTOR * POLICY.minPrice;
      const collateral = price * BigInt(world.units) * 10n;
      const stake = collateral * 100n;
      expect((await consider({}, {}, stake - 1n)).kind).to.equal('later');
      const { objectKey, units } = world;
      const other = { lost: 99n, bidId: 8n, client: operator(78), objectKey, shardIndex: 1, root: world.rootOf(1) };
      ledger.repairs.answer({ ...other, units, collateral: 1n, deadline: 2_000 });
      expect((await consider({}, {}, stake)).kind).to.equal('later');
      ledger.repairs.formed(99n, 98n);
      expect((await consider({}, {}, stake)).kind).to.equal('later');
      ledger.repairs.end(99n, 'stored');
      expect(world.sent).to.deep.equal([]);
      await consider({}, {}, stake);
      expect(world.answers[0]).to.include({ pricePerUnitPeriod: price, collateral });
    });

    it('answers no client twice that let it down, as its ledger tells, and nothing that was never proven', async () => {
      const repair = world.post();
      const { objectKey, units } = world;
      const other = { lost: 99n, bidId: 8n, objectKey, shardIndex: 1, root: world.rootOf(1), units };
      ledger.repairs.answer({ ...other, client: repair.client, collateral: 1n, deadline: 2_000 });
      ledger.repairs.formed(99n, 98n);
      ledger.repairs.end(99n, 'failed');
      expect(await consider()).to.deep.equal(OVER);
      // Another one's answer was first: that says nothing of the client.
      ledger.repairs.answer({ ...other, client: repair.client, collateral: 1n, deadline: 2_000 });
      ledger.repairs.end(99n, 'failed');
      world.put(LOST, 0, AgreementStatus.failed, { settledPeriods: 4 });
      expect(await consider()).to.deep.equal(OVER);
      expect(world.sent).to.deep.equal([]);
      world.post();
      await consider();
      expect(world.sent).to.deep.equal(['answer 3', 'sync']);
    });

    it('leaves replicas to their owner, and what is over to nobody', async () => {
      world = await RepairWorld.create(1, 3);
      world.post();
      expect(await consider()).to.deep.equal(OVER);
      expect(world.sent).to.deep.equal([]);
      world.post({ expiry: HEAD.timestampS });
      expect(await consider()).to.deep.equal(OVER);
    });
  });

  describe('rebuilding', () => {
    let store: MemoryShardStore;
    let clock: FakeChainClock;
    let rebuilder: Rebuilder;

    beforeEach(() => {
      store = new MemoryShardStore({ capacityUnits: 100 });
      clock = new FakeChainClock(200);
      const repair = world.post();
      ledger.repairs.answer({
        lost: LOST,
        ...repair,
        root: world.rootOf(0),
        units: world.units,
        collateral: 70n,
        deadline: clock.head.timestampS + 5,
      });
    });
    afterEach(async () => rebuilder.stop());

    function start(
      concede: 'auto' | 'never' = 'auto',
      accessFor: (lost: AgreementId) => ShardAccess = () => world,
    ): void {
      const { repairs: book, holdings } = ledger;
      const components = { chain: world.chain, chainClock: clock, book, holdings, store, accessFor };
      rebuilder = new Rebuilder({ ...components, logger: silentLogger }, { concede });
      rebuilder.start();
    }

    /** The chain has taken the answer; the first period is 21. */
    function form(): void {
      const { objectKey, units } = world;
      const root = world.rootOf(0);
      const terms = { client: client.address, objectKey, shardIndex: 0, root, units, pricePerUnitPeriod: PRICE };
      const served = { inheritedPeriods: 0, provenPeriods: 0, settledPeriods: 0 };
      ledger.holdings.put({ id: FORMED, ...terms, startPeriod: 21, periods: LEFT, status: 'active', ...served });
    }

    const state = (): string | undefined => ledger.repairs.get(LOST)?.state;
    const isHere = async (): Promise<boolean> => (await store.stat(fromHex(world.rootOf(0), 32))) !== undefined;

    async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
      while (!(await isThere())) await settle();
    }

    it('begins when the agreement is there, and stores the very shard that was lost', async () => {
      start();
      await clock.mineTo(202);
      expect([state(), await isHere()]).to.deep.equal(['answered', false]);
      form();
      await clock.mineTo(204);
      await until(() => state() === 'stored');
      expect(await isHere()).to.equal(true);
      const bytes = await store.readUnits(fromHex(world.rootOf(0), 32), 0, world.units);
      expect(Buffer.from(bytes).equals(world.stored.shards[0] ?? Buffer.alloc(0))).to.equal(true);
    });

    it('goes on after failures and restarts, and takes what is here already for done', async () => {
      form();
      world.dead.add(2).add(3);
      start();
      await clock.mineTo(205);
      expect(state()).to.equal('formed');
      await rebuilder.stop();
      expect(store.usage().reservedUnits).to.equal(0);
      world.dead.clear();
      start();
      await clock.mineTo(207);
      await until(() => state() === 'stored');
      ledger.repairs.formed(LOST, FORMED);
      await clock.mineTo(209);
      await until(() => state() === 'stored');
    });

    it('concedes the agreement once the others give nothing any more, unless it never concedes', async () => {
      form();
      for (const index of [2, 3, 4]) world.dead.add(index);
      start();
      await clock.mineTo((21 + REPAIR_GRACE_PERIODS) * 10 + 9);
      expect(world.sent).to.deep.equal([]);
      await clock.mineTo((22 + REPAIR_GRACE_PERIODS) * 10 + 1);
      await until(() => state() === 'failed');
      expect(world.sent).to.deep.equal([`concede ${FORMED}`]);
      await rebuilder.stop();
      ledger.repairs.formed(LOST, FORMED);
      start('never');
      await until(() => state() === 'failed');
      expect(world.sent).to.have.lengthOf(1);
    });

    /** Another answer that was taken, for a shard whose rebuilding starts in a period of its own. */
    function takeOver(place: number, shardIndex: number, root: `0x${string}`, startPeriod: number): AgreementId {
      const lost = agreementId(2, place);
      const { objectKey, units } = world;
      const shard = { client: client.address, objectKey, shardIndex, root, units };
      ledger.repairs.answer({ ...shard, lost, bidId: 9n, collateral: 1n, deadline: 2_000 });
      const served = { inheritedPeriods: 0, provenPeriods: 0, settledPeriods: 0, status: 'active' as const };
      const id = agreementId(OURS, 1 + place);
      ledger.holdings.put({ id, ...shard, pricePerUnitPeriod: PRICE, startPeriod, periods: LEFT, ...served });
      ledger.repairs.formed(lost, id);
      return lost;
    }

    /** Others that answer nothing, and never say so. */
    const hanging = (): ShardAccess => ({
      unitRoots: async (_, { signal: ending }) =>
        new Promise((_resolve, reject) => ending?.addEventListener('abort', () => reject(ending.reason as Error))),
      readUnits: (holder, from, count) => world.readUnits(holder, from, count),
    });

    it('rebuilds others beside one that hangs, and ends that one when its time is over', async () => {
      form();
      const second = takeOver(0, 1, world.rootOf(1), 21);
      start('auto', (lost) => (lost === LOST ? hanging() : world));
      await clock.mineTo(202);
      await clock.mineTo(204);
      await until(() => ledger.repairs.get(second)?.state === 'stored');
      expect(state()).to.equal('formed');
      await clock.mineTo((22 + REPAIR_GRACE_PERIODS) * 10 + 1);
      await until(() => state() === 'failed');
      expect(world.sent).to.deep.equal([`concede ${FORMED}`]);
    });

    it('rebuilds a few at once, those first whose time is over first', async () => {
      const begun: AgreementId[] = [];
      const startPeriods = [25, 24, 23, 22, 21];
      const rows = startPeriods.map((period, place) => takeOver(place, 1, `0x${String(place + 1).repeat(64)}`, period));
      start('auto', (lost) => {
        begun.push(lost);
        return hanging();
      });
      await until(() => begun.length === REBUILDS_AT_ONCE);
      await clock.mineTo(202);
      expect(begun).to.deep.equal(rows.toReversed().slice(0, REBUILDS_AT_ONCE));
    });

    it('gives an answer up that nobody took, and a shard whose agreement is over', async () => {
      start();
      await clock.mineTo(200 + 5 + ANSWER_DEADLINE_S);
      expect(state()).to.equal('answered');
      await clock.mineTo(200 + 6 + ANSWER_DEADLINE_S);
      expect(state()).to.equal('failed');
      form();
      ledger.repairs.formed(LOST, FORMED);
      ledger.holdings.update(FORMED, { periods: LEFT, status: 'failed', provenPeriods: 0, settledPeriods: 0 });
      await clock.mineTo(208 + ANSWER_DEADLINE_S);
      expect([state(), await isHere()]).to.deep.equal(['failed', false]);
    });
  });

  it('shows others who may read: anybody while the bid stands, then the agreement that answered it', async () => {
    const facts = async () => readRepairFacts(world.chain, HEAD.timestampS, LOST);
    expect(await facts()).to.equal(undefined);
    world.post();
    expect(await facts()).to.include({ isOpen: true, winner: undefined });
    world.post({ expiry: HEAD.timestampS });
    expect(await facts()).to.include({ isOpen: false });
    // Closed, and the shard is still where it was lost.
    world.bid = undefined;
    expect(await facts()).to.include({ isOpen: false, winner: undefined });
    world.holders = [FORMED, ...world.holders.slice(1)];
    world.put(FORMED, 0, AgreementStatus.active, { startPeriod: 21 });
    expect((await facts())?.winner).to.deep.equal({ id: FORMED, startPeriod: 21 });
    world.put(FORMED, 0, AgreementStatus.failed);
    expect((await facts())?.winner).to.equal(undefined);
  });
});
