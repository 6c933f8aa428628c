import { expect } from 'chai';

import type { Draw } from '../../../node/chain/records.ts';
import { StowError } from '../../../node/core/errors.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { auditAnswerer, type AuditAnswererComponents } from '../../../node/provider/audit-answerer.ts';
import type { Holding } from '../../../node/provider/ledger/holdings.ts';
import type { DueAnswer } from '../../../node/provider/ledger/answer-book.ts';
import type { TimedAnswers } from '../../../node/provider/timed-answers.ts';
import { FakeChainClock, settle } from './fakes.ts';

const AGREEMENT = (7n << 32n) | 2n;
/** 16 units: 14 levels of 32 bytes above a leaf of 64. */
const PATH_BYTES = 64 + 14 * 32;

/** A chain with audits, a disk, and one agreement. */
class World {
  readonly clock = new FakeChainClock(10);
  readonly events: string[] = [];
  readonly sent: { audit: bigint; bytes: number }[] = [];
  readonly asked: Draw[] = [];
  open: DueAnswer[] = [{ number: 1n, agreement: AGREEMENT, openedAt: 10, deadline: 20 }];
  /** What the chain says, where it differs from the log. */
  ended = new Set<bigint>();
  leaves = [5n, 4_000n];
  lost = false;
  status: Holding['status'] = 'active';
  failures: (() => Promise<never> | Error)[] = [];

  answerer(): TimedAnswers {
    return auditAnswerer(this.components());
  }

  components(): AuditAnswererComponents {
    return {
      chain: {
        audit: async (audit) => {
          const known = this.open.find((row) => row.number === audit)!;
          return { ...known, challengerAccount: 3, open: !this.ended.has(audit) };
        },
        auditLeaves: async () => this.leaves,
        answerAudit: async (audit, proof, signal) => {
          const failure = this.failures.shift()?.();
          if (failure !== undefined) throw await Promise.race([failure, whenAborted(signal)]);
          this.sent.push({ audit, bytes: proof.byteLength });
          this.ended.add(audit);
          return {} as never;
        },
      },
      chainClock: this.clock,
      book: { open: () => this.open },
      holdings: { get: () => ({ root: `0x${'ab'.repeat(32)}`, units: 16, status: this.status }) as Holding },
      leaves: {
        open: async (draw) => {
          this.asked.push(draw);
          return this.lost ? undefined : new Uint8Array(PATH_BYTES);
        },
      },
      events: {
        answered: () => void this.events.push('answered'),
        missed: () => void this.events.push('missed'),
        attemptFailed: () => void this.events.push('failed'),
      },
      logger: silentLogger,
    };
  }
}

async function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener('abort', () => reject(new Error('aborted')));
  return promise;
}

describe('auditAnswerer', () => {
  let world: World;
  let answerer: TimedAnswers;
  beforeEach(() => (world = new World()));
  afterEach(async () => answerer.stop());

  it('answers once the opening block is over, with every leaf at its depth and the shared nodes left out', async () => {
    answerer = world.answerer();
    answerer.start();
    await settle();
    expect(world.sent, 'nothing in the opening block').to.deep.equal([]);
    await world.clock.mineTo(15);
    // Leaves 5 and 4,000 differ in bit 11: the second path brings its leaf and 11 siblings.
    expect(world.sent).to.deep.equal([{ audit: 1n, bytes: PATH_BYTES + 64 + 11 * 32 }]);
    expect(world.asked.map(({ leaf, depth, root }) => [leaf, depth, root])).to.deep.equal([
      [5n, 14, `0x${'ab'.repeat(32)}`],
      [4_000n, 14, `0x${'ab'.repeat(32)}`],
    ]);
    expect(world.events).to.deep.equal(['answered']);
  });

  it('answers all of them, in the order that it is given', async () => {
    world.open = [
      { number: 2n, agreement: AGREEMENT, openedAt: 10, deadline: 14 },
      { number: 1n, agreement: AGREEMENT, openedAt: 10, deadline: 20 },
    ];
    answerer = world.answerer();
    answerer.start();
    await world.clock.mineTo(12);
    expect(world.sent.map(({ audit }) => audit)).to.deep.equal([2n, 1n]);
  });

  it('tries again until it lands', async () => {
    world.failures = [() => new Error('no answer'), () => new Error('no answer')];
    answerer = world.answerer();
    answerer.start();
    await world.clock.mineTo(16);
    expect(world.events).to.deep.equal(['failed', 'failed', 'answered']);
  });

  it('answers when the shard is back in time, and gives nothing up meanwhile', async () => {
    world.lost = true;
    answerer = world.answerer();
    answerer.start();
    await world.clock.mineTo(13);
    expect(world.sent).to.deep.equal([]);
    world.lost = false;
    await world.clock.mineTo(19);
    expect(world.events.at(-1)).to.equal('answered');
  });

  it('notes once that a window closed, and sends nothing after it', async () => {
    world.lost = true;
    answerer = world.answerer();
    answerer.start();
    await world.clock.mineTo(20);
    world.lost = false;
    await world.clock.mineTo(24);
    expect(world.sent).to.deep.equal([]);
    expect(world.events.filter((event) => event === 'missed')).to.deep.equal(['missed']);
  });

  it('gives up an answer that is under way when the window closes', async () => {
    world.failures = [async () => new Promise<never>(() => undefined)];
    answerer = world.answerer();
    answerer.start();
    await world.clock.mineTo(22);
    expect(world.events).to.deep.equal(['failed', 'missed']);
  });

  it('leaves alone what is answered, what asks for nothing yet, and agreements that are over', async () => {
    world.ended.add(1n);
    answerer = world.answerer();
    answerer.start();
    await world.clock.mineTo(13);
    world.ended.clear();
    world.leaves = [];
    await world.clock.mineTo(15);
    world.leaves = [1n];
    world.status = 'failed';
    await world.clock.mineTo(24);
    expect([world.sent, world.events]).to.deep.equal([[], []]);
  });

  it('takes it for done when somebody else answers first', async () => {
    world.failures = [() => new StowError({ code: 'audits-not-open', message: '' })];
    answerer = world.answerer();
    answerer.start();
    await world.clock.mineTo(13);
    expect(world.failures, 'it tried').to.deep.equal([]);
    expect(world.events.filter((event) => event === 'failed')).to.deep.equal([]);
  });
});
