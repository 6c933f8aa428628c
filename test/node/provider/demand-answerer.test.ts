import { expect } from 'chai';

import { StowError } from '../../../node/core/errors.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { DemandAnswerer } from '../../../node/provider/demand-answerer.ts';
import type { DemandedUnit } from '../../../node/provider/demand-log.ts';
import type { Holding } from '../../../node/provider/ledger/holdings.ts';
import { FakeChainClock } from './fakes.ts';

const AGREEMENT = (7n << 32n) | 2n;
const REACH = 2_500n;

/** A chain on which units are demanded, a disk, and one agreement. */
class World {
  readonly clock = new FakeChainClock(10_000);
  readonly sent: { demand: bigint; bytes: number; first: number }[] = [];
  readonly ranges: [bigint, bigint][] = [];
  /** By the block in which it was demanded. */
  log = new Map<bigint, DemandedUnit>([[9_990n, { demand: 1n, agreement: AGREEMENT, unit: 3, deadline: 10_020 }]]);
  ended = new Set<bigint>();
  failures: Error[] = [];
  holding: Partial<Holding> | undefined = { root: `0x${'ab'.repeat(32)}`, status: 'active' };

  answerer(): DemandAnswerer {
    return new DemandAnswerer({
      chain: {
        demandReach: async () => REACH,
        demandLog: async (from, to) => {
          this.ranges.push([from, to]);
          return [...this.log].flatMap(([block, unit]) => (block >= from && block <= to ? unit : []));
        },
        demand: async (number) => {
          const known = [...this.log.values()].find(({ demand }) => demand === number)!;
          return { ...known, clientAccount: 4, open: !this.ended.has(number) };
        },
        answerDemand: async (demand, opening) => {
          const failure = this.failures.shift();
          if (failure !== undefined) throw failure;
          this.sent.push({ demand, bytes: opening.byteLength, first: opening[0]! });
          this.ended.add(demand);
          return {} as never;
        },
      },
      chainClock: this.clock,
      holdings: { get: () => this.holding as Holding | undefined },
      store: {
        readUnits: async (_root, from, count) => new Uint8Array(count * 65_536).fill(from),
        readPathAbove: async () => new Uint8Array(4 * 32),
      },
      logger: silentLogger,
    });
  }
}

describe('DemandAnswerer', () => {
  let world: World;
  let answerer: DemandAnswerer;
  beforeEach(() => (world = new World()));
  afterEach(async () => answerer.stop());

  it('shows the unit with its path, once, reading the log as far back as a demand can reach', async () => {
    answerer = world.answerer();
    answerer.start();
    await world.clock.mineTo(10_003);
    expect(world.sent).to.deep.equal([{ demand: 1n, bytes: 65_536 + 128, first: 3 }]);
    expect(world.ranges.slice(0, 3)).to.deep.equal([
      [7_500n, 8_499n],
      [8_500n, 9_499n],
      [9_500n, 10_000n],
    ]);
  });

  it('shows what is demanded later, the first deadline first, and what a reorganisation put into a block that it had read', async () => {
    world.log.clear();
    answerer = world.answerer();
    answerer.start();
    await world.clock.mineTo(10_002);
    world.log.set(10_003n, { demand: 2n, agreement: AGREEMENT, unit: 1, deadline: 10_090 });
    world.log.set(10_001n, { demand: 3n, agreement: AGREEMENT, unit: 2, deadline: 10_040 });
    await world.clock.mineTo(10_006);
    expect(world.sent.map(({ demand }) => demand)).to.deep.equal([3n, 2n]);
  });

  it('tries again until it lands, and not once the window is closed', async () => {
    world.failures = [new Error('no answer'), new Error('no answer')];
    answerer = world.answerer();
    answerer.start();
    await world.clock.mineTo(10_010);
    expect(world.sent).to.have.length(1);
    world.log.set(10_010n, { demand: 2n, agreement: AGREEMENT, unit: 1, deadline: 10_014 });
    world.failures = Array.from({ length: 9 }, () => new Error('no answer'));
    await world.clock.mineTo(10_014);
    world.failures = [];
    await world.clock.mineTo(10_030);
    expect(world.sent).to.have.length(1);
  });

  it('leaves alone what somebody else showed, and agreements that are over', async () => {
    world.failures = [new StowError({ code: 'demands-not-open', message: 'x', hint: 'y' })];
    answerer = world.answerer();
    answerer.start();
    await world.clock.mineTo(10_001);
    world.ended.add(1n);
    world.log.set(10_002n, { demand: 2n, agreement: AGREEMENT, unit: 1, deadline: 10_080 });
    world.holding = { ...world.holding, status: 'failed' };
    await world.clock.mineTo(10_004);
    expect(world.sent).to.deep.equal([]);
  });

  it('waits for the ledger to hear of the agreement', async () => {
    const { holding } = world;
    world.holding = undefined;
    answerer = world.answerer();
    answerer.start();
    await world.clock.mineTo(10_003);
    expect(world.sent).to.deep.equal([]);
    world.holding = holding;
    await world.clock.mineTo(10_012);
    expect(world.sent).to.have.length(1);
  });
});
