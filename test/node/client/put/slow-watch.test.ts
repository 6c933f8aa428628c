import { expect } from 'chai';

import { HEAT_BYTES, PACE_MS, SlowWatch } from '../../../../node/client/put/slow-watch.ts';

describe('the watch over slow shards', () => {
  let nowMs: number;
  let dropped: number[];
  let slow: number[];
  let alive: Set<number>;
  let madeBytes: number;
  let parked: number[];
  let replaced: number[];
  let watch: SlowWatch;

  beforeEach(() => {
    [nowMs, dropped, slow, alive] = [0, [], [], new Set([0, 1, 2, 3])];
    [madeBytes, parked, replaced] = [0, [], []];
    watch = new SlowWatch({
      heldUpBy: () => slow,
      madeBytes: () => madeBytes,
      alive: () => alive,
      wanted: 3,
      clock: { monotonicMs: () => nowMs },
      drop: (shard) => endIn(dropped, shard),
      park: (shard) => endIn(parked, shard),
      replace: (shard) => endIn(replaced, shard),
    });
  });

  function endIn(list: number[], shard: number): void {
    list.push(shard);
    alive.delete(shard);
  }

  function pass(ms: number): void {
    for (let left = ms; left > 0; left -= 100) {
      nowMs += 100;
      watch.look();
    }
  }

  it('drops who held up the others for five seconds in all, however long that took', () => {
    for (let i = 0; i < 49; i++) {
      slow = [2];
      pass(100);
      slow = [];
      pass(1_000);
    }
    expect(dropped).to.deep.equal([]);
    slow = [2];
    pass(100);
    expect(dropped).to.deep.equal([2]);
  });

  it('drops nobody without whom there are too few', () => {
    slow = [1, 2];
    pass(60_000);
    alive.delete(0);
    slow = [1];
    pass(60_000);
    expect(dropped).to.deep.equal([]);
  });

  it('drops no more than there are spares', () => {
    slow = [1];
    pass(5_000);
    slow = [2];
    pass(60_000);
    expect(dropped).to.deep.equal([1]);
  });

  describe('parks', () => {
    it('who held up the others for longest, once each was sent enough', () => {
      slow = [1];
      pass(1_000);
      slow = [2];
      pass(900);
      slow = [];
      madeBytes = HEAT_BYTES - 1;
      pass(100);
      expect(parked).to.deep.equal([]);
      madeBytes = HEAT_BYTES;
      pass(100);
      expect(parked).to.deep.equal([1]);
    });

    it('the last where all were as fast, and as many as are not needed', () => {
      alive.add(4);
      madeBytes = HEAT_BYTES;
      pass(100);
      expect(parked).to.deep.equal([4, 3]);
      pass(60_000);
      expect(parked).to.deep.equal([4, 3]);
    });

    it('nobody where one has failed', () => {
      alive.delete(2);
      madeBytes = HEAT_BYTES;
      pass(60_000);
      expect(parked).to.deep.equal([]);
    });

    describe('and then', () => {
      beforeEach(() => {
        // 32 MiB in ten seconds.
        pass(9_900);
        madeBytes = HEAT_BYTES;
        pass(100);
        expect(parked).to.deep.equal([3]);
      });

      it('waits for one that is slower, as another reading takes longer', () => {
        slow = [1];
        for (let i = 0; i < 30; i++) {
          madeBytes += (HEAT_BYTES * PACE_MS) / 10_000 / 4;
          pass(PACE_MS);
        }
        expect([...dropped, ...replaced]).to.deep.equal([]);
      });

      it('replaces one that makes all crawl, and no more than are parked', () => {
        slow = [1];
        madeBytes += HEAT_BYTES / 4 - 1;
        pass(PACE_MS - 100);
        expect(replaced).to.deep.equal([]);
        pass(100);
        expect(replaced).to.deep.equal([1]);
        slow = [2];
        pass(10 * PACE_MS);
        expect([dropped, replaced]).to.deep.equal([[], [1]]);
      });

      it('blames nobody for a source that crawls, a line that carries nothing, and one that was waited for once', () => {
        pass(3 * PACE_MS);
        slow = [0, 1, 2];
        pass(3 * PACE_MS);
        slow = [1];
        pass(PACE_MS / 2 - 100);
        slow = [];
        pass(PACE_MS / 2 + 100);
        slow = [1];
        pass(PACE_MS / 2 - 100);
        expect([...dropped, ...replaced]).to.deep.equal([]);
      });
    });
  });
});
