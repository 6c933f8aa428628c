import { expect } from 'chai';

import { abortable } from '../../../node/chain/abortable.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import type { BlockRange } from '../../../node/provider/block-ranges.ts';
import {
  EVENT_RANGE_BLOCKS,
  EVENT_READ_EVERY_MS,
  EVENT_REREAD_BLOCKS,
  SAVE_PLACE_EVERY_BLOCKS,
} from '../../../node/provider/limits.ts';
import { LogFollower } from '../../../node/provider/log-follower.ts';
import { FakeChainClock, settle } from './fakes.ts';

const FIRST = 100n;

describe('LogFollower', () => {
  let chainClock: FakeChainClock;
  let facts: Map<string, string>;
  let taken: BlockRange[];
  let fails: boolean;
  /** What taking in waits for. */
  let gate: Promise<void> | undefined;
  let nowMs: number;
  let slept: number[];

  beforeEach(() => {
    chainClock = new FakeChainClock();
    [facts, taken, fails, gate, nowMs, slept] = [new Map(), [], false, undefined, 0, []];
  });

  const mine = (block: number): void => {
    chainClock.head = new FakeChainClock(block).head;
  };

  const follower = (): LogFollower =>
    new LogFollower(
      {
        chainClock,
        ledger: { facts: { get: (name) => facts.get(name), set: (name, value) => void facts.set(name, value) } },
        clock: {
          monotonicMs: () => nowMs,
          sleep: async (ms) => {
            slept.push(ms);
            nowMs += ms;
          },
        },
        logger: silentLogger,
      },
      {
        name: 'test',
        place: 'next-block',
        firstBlock: FIRST,
        take: async (range, signal) => {
          await abortable(gate ?? Promise.resolve(), signal);
          if (fails) throw new Error('the endpoint is gone');
          taken.push(range);
        },
      },
    );

  it('reads from the first block on, in ranges that endpoints answer, to the newest', async () => {
    mine(Number(FIRST + 2n * EVENT_RANGE_BLOCKS));
    const following = follower();
    await following.sync();
    const newest = chainClock.head.block;
    expect(taken[0]).to.deep.equal({ from: FIRST, to: FIRST + EVENT_RANGE_BLOCKS - 1n });
    expect(taken.at(-1)?.to).to.equal(newest);
    for (const [i, { from }] of taken.entries()) if (i > 0) expect(from).to.equal((taken[i - 1]?.to ?? 0n) + 1n);
    expect(following.nextBlock).to.equal(newest + 1n);
  });

  it('reads the newest blocks again, and what it could not take in', async () => {
    mine(200);
    const following = follower();
    await following.sync();
    const next = following.nextBlock;
    mine(201);
    fails = true;
    await following.sync().catch(() => undefined);
    expect(following.nextBlock).to.equal(next);
    fails = false;
    await following.sync();
    expect(taken.at(-1)).to.deep.equal({ from: next - EVENT_REREAD_BLOCKS, to: 201n });
  });

  it('saves its place now and then, and goes on from there after a restart', async () => {
    mine(Number(FIRST + SAVE_PLACE_EVERY_BLOCKS));
    await follower().sync();
    const saved = BigInt(facts.get('next-block') ?? '0');
    expect(saved).to.equal(chainClock.head.block + 1n);
    mine(Number(saved));
    await follower().sync();
    expect(facts.get('next-block')).to.equal(String(saved));
    expect(taken.at(-1)?.from).to.equal(saved - EVENT_REREAD_BLOCKS);
  });

  it('waits between two looks that only new blocks ask for, and not for who needs it at once', async () => {
    mine(200);
    const following = follower();
    await following.start();
    await settle();
    expect(slept).to.deep.equal([EVENT_READ_EVERY_MS]);
    await following.sync();
    expect(slept).to.have.length(1);
    await following.stop();
  });

  it('asks for the head when somebody needs the newest block, and not for each block that is announced', async () => {
    mine(200);
    let looks = 0;
    chainClock.look = async () => {
      looks++;
      return chainClock.head;
    };
    const following = follower();
    await following.start();
    await settle();
    // On its start, and with the first head, no other.
    expect([looks, taken.length]).to.deep.equal([1, 2]);
    await chainClock.mineTo(201);
    expect([looks, taken.at(-1)?.to]).to.deep.equal([1, 201n]);
    await following.stop();
  });

  it('reads on after a turn for who needs what came meanwhile', async () => {
    mine(200);
    const following = follower();
    await following.start();
    await settle();
    const opened = Promise.withResolvers<void>();
    gate = opened.promise;
    await chainClock.mineTo(201);
    mine(202);
    const synced = following.sync();
    await settle();
    expect(taken.at(-1)?.to).to.equal(200n);
    opened.resolve();
    await synced;
    expect(taken.slice(-2).map(({ to }) => to)).to.deep.equal([201n, 202n]);
    await following.stop();
  });

  it('reads once for all who ask at the same time', async () => {
    mine(200);
    const following = follower();
    await Promise.all([following.sync(), following.sync()]);
    expect(taken).to.have.length(1);
  });

  it('goes on for the others when who asked first stops waiting', async () => {
    mine(200);
    const following = follower();
    const opened = Promise.withResolvers<void>();
    gate = opened.promise;
    const leaving = new AbortController();
    const first = following.sync(leaving.signal).catch((error: unknown) => error);
    const second = following.sync();
    await settle();
    leaving.abort(new Error('gone'));
    expect(await first).to.have.property('message', 'gone');
    opened.resolve();
    await second;
    expect(taken).to.have.length(1);
  });

  it('ends a reading that nobody can end when it is stopped', async () => {
    mine(200);
    const following = follower();
    gate = new Promise(() => undefined);
    const reading = following.sync().catch(() => 'ended');
    await settle();
    await following.stop();
    expect(await reading).to.equal('ended');
    expect(taken).to.deep.equal([]);
  });
});
