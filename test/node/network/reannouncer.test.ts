import { expect } from 'chai';

import { silentLogger } from '../../../node/core/logger.ts';
import {
  REANNOUNCE_MAX_GAP_MS,
  REANNOUNCE_MIN_GAP_MS,
  REANNOUNCE_RETRY_MS,
  REANNOUNCE_SWEEP_MS,
} from '../../../node/network/limits.ts';
import { Reannouncer, sweepGapMs } from '../../../node/network/reannouncer.ts';
import { shardCid } from '../../../node/network/shard-cid.ts';
import { ManualClock } from '../support/manual-clock.ts';

const HOUR_MS = 3_600_000;

function rootOf(n: number): Uint8Array {
  return new Uint8Array(32).fill(n);
}

function setup(roots: Uint8Array[]) {
  const clock = new ManualClock();
  const announced: { cid: string; at: number }[] = [];
  const withdrawn: string[] = [];
  const state = { stored: 20 };
  const dht = {
    provide: (cid: ReturnType<typeof shardCid>) => {
      announced.push({ cid: cid.toString(), at: clock.now });
      return state.stored < 0 ? Promise.reject(new Error('offline')) : Promise.resolve({ stored: state.stored });
    },
    unprovide: (cid: ReturnType<typeof shardCid>) => Promise.resolve(void withdrawn.push(cid.toString())),
  };
  const reannouncer = new Reannouncer({ dht, listRoots: () => Promise.resolve(roots), clock, logger: silentLogger });
  return { clock, announced, withdrawn, state, reannouncer };
}

describe('Reannouncer', () => {
  it('announces every shard once per sweep, evenly spread', async () => {
    const roots = Array.from({ length: 100 }, (_, n) => rootOf(n));
    const { clock, announced, reannouncer } = setup(roots);
    reannouncer.start();
    await clock.advance(REANNOUNCE_SWEEP_MS - 1);
    await reannouncer.stop();
    expect(new Set(announced.map(({ cid }) => cid)).size).to.equal(100);
    expect(announced).to.have.length(100);
    const gaps = announced.slice(1).map(({ at }, i) => at - announced[i]!.at);
    expect(Math.max(...gaps) - Math.min(...gaps)).to.be.lessThan(1);
  });

  it('announces a new shard at once, between two others', async () => {
    const { clock, announced, reannouncer } = setup([rootOf(1), rootOf(2)]);
    reannouncer.start();
    await clock.advance(1_000);
    reannouncer.announce(rootOf(9));
    await clock.advance(0);
    expect(announced.map(({ cid }) => cid)).to.deep.equal([
      shardCid(rootOf(1)).toString(),
      shardCid(rootOf(9)).toString(),
    ]);
    await reannouncer.stop();
  });

  it('tries again what nobody took or what failed, and does not give up the sweep', async () => {
    for (const stored of [0, -1]) {
      const { clock, announced, state, reannouncer } = setup([rootOf(1)]);
      state.stored = stored;
      reannouncer.start();
      await clock.advance(REANNOUNCE_RETRY_MS - 1);
      expect(announced).to.have.length(1);
      state.stored = 20;
      await clock.advance(2);
      expect(announced).to.have.length(2);
      await clock.advance(REANNOUNCE_RETRY_MS * 2);
      expect(announced).to.have.length(2);
      await reannouncer.stop();
    }
  });

  it('does not announce again what was withdrawn during the sweep', async () => {
    const { clock, announced, withdrawn, reannouncer } = setup([rootOf(1), rootOf(2)]);
    reannouncer.start();
    await clock.advance(0);
    await reannouncer.withdraw(rootOf(2));
    await clock.advance(REANNOUNCE_MAX_GAP_MS + 1);
    expect(announced.map(({ cid }) => cid)).to.not.include(shardCid(rootOf(2)).toString());
    expect(withdrawn).to.deep.equal([shardCid(rootOf(2)).toString()]);
    await reannouncer.stop();
  });

  it('keeps its pace within bounds for one shard and for a million', () => {
    expect(sweepGapMs(0)).to.equal(REANNOUNCE_MAX_GAP_MS);
    expect(sweepGapMs(1)).to.equal(REANNOUNCE_MAX_GAP_MS);
    expect(sweepGapMs(1_000_000)).to.equal(REANNOUNCE_MIN_GAP_MS);
    expect(sweepGapMs(1_000) * 1_000).to.equal(REANNOUNCE_SWEEP_MS);
    expect(REANNOUNCE_SWEEP_MS).to.be.within(6 * HOUR_MS, 12 * HOUR_MS);
  });
});
