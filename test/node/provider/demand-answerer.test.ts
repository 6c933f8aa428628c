import { expect } from 'chai';

import { StowError } from '../../../node/core/errors.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { demandAnswerer } from '../../../node/provider/demand-answerer.ts';
import type { DueAnswer } from '../../../node/provider/ledger/answer-book.ts';
import type { Holding } from '../../../node/provider/ledger/holdings.ts';
import type { TimedAnswers } from '../../../node/provider/timed-answers.ts';
import { FakeChainClock } from './fakes.ts';

const AGREEMENT = (7n << 32n) | 2n;
const OTHER = (7n << 32n) | 3n;

/** A chain on which units are demanded, a disk, and one agreement. */
class World {
  readonly clock = new FakeChainClock(11);
  readonly events: string[] = [];
  readonly sent: { demand: bigint; bytes: number; first: number }[] = [];
  open: DueAnswer[] = [{ number: 1n, agreement: AGREEMENT, openedAt: 10, deadline: 40 }];
  ended = new Set<bigint>();
  /** Whose the chain says that they are, where it differs from the log. */
  agreements = new Map<bigint, bigint>();
  failures: (() => Promise<never> | Error)[] = [];
  holding: Partial<Holding> | undefined = { root: `0x${'ab'.repeat(32)}`, status: 'active' };

  answerer(): TimedAnswers {
    return demandAnswerer({
      chain: {
        demand: async (number) => {
          const { agreement, deadline } = this.open.find((row) => row.number === number)!;
          const unit = Number(number) + 2;
          const shown = { agreement: this.agreements.get(number) ?? agreement, deadline, unit };
          return { ...shown, clientAccount: 4, open: !this.ended.has(number) };
        },
        answerDemand: async (demand, opening, signal) => {
          const failure = this.failures.shift()?.();
          if (failure !== undefined) throw await Promise.race([failure, whenAborted(signal)]);
          this.sent.push({ demand, bytes: opening.byteLength, first: opening[0]! });
          this.ended.add(demand);
          return {} as never;
        },
      },
      chainClock: this.clock,
      book: { open: () => this.open },
      holdings: { get: () => this.holding as Holding | undefined },
      store: {
        readUnits: async (_root, from, count) => new Uint8Array(count * 65_536).fill(from),
        readPathAbove: async () => new Uint8Array(4 * 32),
      },
      events: {
        answered: () => void this.events.push('answered'),
        missed: () => void this.events.push('missed'),
        attemptFailed: () => void this.events.push('failed'),
      },
      logger: silentLogger,
    });
  }
}

async function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener('abort', () => reject(new Error('aborted')));
  return promise;
}

describe('demandAnswerer', () => {
  let world: World;
  let answerer: TimedAnswers;
  beforeEach(() => {
    world = new World();
    answerer = world.answerer();
  });
  afterEach(async () => answerer.stop());

  it('shows the unit that the chain names, with its path, once', async () => {
    answerer.start();
    await world.clock.mineTo(14);
    expect(world.sent).to.deep.equal([{ demand: 1n, bytes: 65_536 + 128, first: 3 }]);
    expect(world.events).to.deep.equal(['answered']);
  });

  it('tries again until it lands, and tells of each attempt', async () => {
    world.failures = [() => new Error('no answer'), () => new Error('no answer')];
    answerer.start();
    await world.clock.mineTo(20);
    expect(world.events).to.deep.equal(['failed', 'failed', 'answered']);
  });

  it('gives up an answer that is under way when the window closes, and shows the next', async () => {
    world.open = [
      { number: 1n, agreement: AGREEMENT, openedAt: 10, deadline: 15 },
      { number: 2n, agreement: AGREEMENT, openedAt: 10, deadline: 40 },
    ];
    world.failures = [async () => new Promise<never>(() => undefined)];
    answerer.start();
    await world.clock.mineTo(15);
    expect(world.events).to.deep.equal([]);
    await world.clock.mineTo(18);
    expect(world.events).to.deep.equal(['failed', 'answered', 'missed']);
    expect(world.sent.map(({ demand }) => demand)).to.deep.equal([2n]);
  });

  it('leaves alone what somebody else showed, and agreements that are over', async () => {
    world.failures = [() => new StowError({ code: 'demands-not-open', message: 'x', hint: 'y' })];
    answerer.start();
    await world.clock.mineTo(12);
    expect(world.failures, 'it tried').to.deep.equal([]);
    world.ended.add(1n);
    await world.clock.mineTo(13);
    world.open.push({ number: 2n, agreement: AGREEMENT, openedAt: 12, deadline: 80 });
    world.holding = { ...world.holding, status: 'failed' };
    await world.clock.mineTo(15);
    expect([world.sent, world.events]).to.deep.equal([[], []]);
  });

  it('shows nothing where the chain has another agreement under the number', async () => {
    world.agreements.set(1n, OTHER);
    answerer.start();
    await world.clock.mineTo(14);
    expect(world.sent).to.deep.equal([]);
    world.agreements.clear();
    await world.clock.mineTo(15);
    expect(world.sent).to.have.length(1);
  });
});
