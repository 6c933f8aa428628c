import { expect } from 'chai';

import { UNIT_BYTES } from '../../../../node/core/units.ts';
import { RacedReads } from '../../../../node/pipeline/decode/raced-reads.ts';
import { ReaderPace } from '../../../../node/pipeline/decode/reader-pace.ts';
import { ReaderSet, type ShardReader } from '../../../../node/pipeline/decode/reader-set.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const UNITS = 4;
const NEVER_MS = 10_000_000;
/** No window takes longer, by the clock. */
const LONGEST_MS = 30_000;

/** A reader whose every answer takes so long, by the clock. */
class TimedReader implements ShardReader {
  readonly index: number;
  ms: number;
  heldUpUntilMs = 0;
  released = 0;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock, index: number, ms: number) {
    this.#clock = clock;
    this.index = index;
    this.ms = ms;
  }

  async readUnits(_from: number, count: number): Promise<Uint8Array> {
    await this.#clock.sleep(this.ms);
    return new Uint8Array(count * UNIT_BYTES);
  }

  release(): void {
    this.released++;
  }

  isHeldUp(): boolean {
    return this.#clock.now < this.heldUpUntilMs;
  }
}

describe('the pace of a reader', () => {
  it('is what it took of late, without the time in which nothing was asked', () => {
    const clock = new ManualClock();
    const pace = new ReaderPace(clock);
    expect(pace.expectedMs(10)).to.equal(0);
    clock.now = 50;
    pace.begin(10);
    clock.now = 150;
    expect(pace.expectedMs(10)).to.equal(100);
    pace.end(10);
    expect(pace.expectedMs(10)).to.equal(100);
    clock.now = 5_000;
    pace.begin(5);
    expect(pace.expectedMs(10)).to.equal(150);
    clock.now = 5_400;
    // It has been waited for for longer than anything took so far.
    expect(pace.expectedMs(10)).to.equal(400);
    pace.end(5);
    expect(pace.expectedMs(13)).to.be.closeTo(480, 1e-9);
  });

  it('counts readings at the same time each from the end of the one before', () => {
    const clock = new ManualClock();
    const pace = new ReaderPace(clock);
    pace.begin(10);
    pace.begin(10);
    clock.now = 100;
    pace.end(10);
    expect(pace.expectedMs(10)).to.equal(200);
    clock.now = 200;
    pace.end(10);
    expect(pace.expectedMs(10)).to.be.closeTo(100, 1e-9);
    const overlapping = new ReaderPace(clock);
    overlapping.begin(10);
    clock.now = 250;
    overlapping.begin(10);
    clock.now = 300;
    overlapping.end(10);
    // The second has waited behind the first, which took 100 ms.
    expect(overlapping.expectedMs(0)).to.equal(100);
  });
});

describe('readers that are picked', () => {
  const clock = new ManualClock();
  const { signal } = new AbortController();
  const readersOf = (...ms: number[]): TimedReader[] => ms.map((each, index) => new TimedReader(clock, index, each));

  async function measured(k: number, readers: readonly TimedReader[]): Promise<ReaderSet> {
    const set = new ReaderSet({ k, n: readers.length }, readers, undefined, clock);
    for (const reader of readers) {
      const reading = set.read(reader, 0, UNITS, { signal });
      await clock.advance(reader.ms);
      await reading;
    }
    return set;
  }

  it('are the first of the order while nothing was measured', async () => {
    const readers = readersOf(100, 100, 100);
    const set = new ReaderSet({ k: 2, n: 3 }, readers, undefined, clock);
    expect(await set.pick(UNITS)).to.deep.equal(readers.slice(0, 2));
  });

  it('give way to those that are clearly faster only', async () => {
    const [first, second, third, fourth] = readersOf(140, 400, 100, 90) as [
      TimedReader,
      TimedReader,
      TimedReader,
      TimedReader,
    ];
    const set = await measured(2, [first, second, third, fourth]);
    expect(await set.pick(UNITS)).to.deep.equal([fourth, third]);
    expect(await set.pick(UNITS, [second])).to.deep.equal([second, fourth]);
    const close = await measured(2, readersOf(140, 130, 100));
    expect((await close.pick(UNITS)).map(({ index }) => index)).to.deep.equal([0, 1]);
  });

  it('are as late as what they were asked for before makes them', async () => {
    const readers = readersOf(100, 100, 100);
    const set = await measured(1 + 1, readers);
    const busy = readers[0]!;
    const reading = set.read(busy, 0, UNITS, { signal });
    expect((await set.pick(UNITS)).map(({ index }) => index)).to.deep.equal([2, 1]);
    await clock.advance(100);
    await reading;
    expect((await set.pick(UNITS)).map(({ index }) => index)).to.deep.equal([0, 1]);
  });

  it('are none twice, when one is preferred that is also the fastest', async () => {
    const readers = readersOf(400, 400, 100);
    const set = await measured(2, readers);
    set.prefer(readers[2]!);
    expect((await set.pick(UNITS)).map(({ index }) => index)).to.deep.equal([2, 0]);
    set.drop(readers[2]!, new Error('gone'));
    expect((await set.pick(UNITS)).map(({ index }) => index)).to.deep.equal([0, 1]);
  });

  it('are read though they are not in the set any more, and not measured then', async () => {
    const [reader] = readersOf(0) as [TimedReader];
    const set = new ReaderSet({ k: 1, n: 2 }, [reader], undefined, clock);
    set.drop(reader, new Error('gone'));
    const reading = set.read(reader, 0, 1, { signal });
    await clock.advance(1);
    expect((await reading).byteLength).to.equal(UNIT_BYTES);
  });

  it('stay, of replicas, until another one is preferred', async () => {
    const readers = readersOf(500, 100);
    const set = await measured(1, readers);
    expect(await set.pick(UNITS)).to.deep.equal([readers[0]]);
    set.prefer(new TimedReader(clock, 7, 1));
    expect(await set.pick(UNITS)).to.deep.equal([readers[0]]);
    set.prefer(readers[1]!);
    expect(await set.pick(UNITS)).to.deep.equal([readers[1]]);
  });

  it('leave the fastest of the others as a spare, or one that is opened', async () => {
    const readers = readersOf(100, 300, 200);
    const set = await measured(1, readers);
    expect(await set.spare([readers[0]!])).to.equal(readers[2]);
    expect(await set.spare([readers[0]!, readers[2]!])).to.equal(readers[1]);
    expect(await set.spare(readers)).to.equal(undefined);
  });
});

describe('when a reader is raced', () => {
  let clock: ManualClock;
  let askedMs: number[];
  let spares: TimedReader[];
  beforeEach(() => {
    clock = new ManualClock();
    [askedMs, spares] = [[], []];
  });

  function readsOf(readers: readonly TimedReader[]): RacedReads {
    const source = {
      failed: () => undefined,
      next: async () => {
        askedMs.push(clock.now);
        return spares.shift();
      },
    };
    return new RacedReads(new ReaderSet({ k: readers.length, n: 9 }, readers, source, clock), clock);
  }

  /** @returns the indices of the shards that a window came from, and when it was there, from its beginning */
  async function fetch(reads: RacedReads): Promise<{ from: number[]; ms: number }> {
    const startedMs = clock.now;
    askedMs = [];
    const { signal } = new AbortController();
    const planReads = (readers: readonly ShardReader[]) =>
      new Map(readers.map((reader) => [reader, { from: 0, to: UNITS }]));
    const window: { doneMs?: number } = {};
    const fetching = reads.fetch(UNITS, planReads, signal).then((fetched) => {
      window.doneMs = clock.now;
      return fetched;
    });
    while (window.doneMs === undefined && clock.now < startedMs + LONGEST_MS) await clock.advance(10);
    if (window.doneMs === undefined) throw new Error(`nothing after ${LONGEST_MS} ms`);
    askedMs = askedMs.map((ms) => ms - startedMs);
    return { from: (await fetching).readers.map(({ index }) => index), ms: window.doneMs - startedMs };
  }

  const timed = (...ms: number[]): TimedReader[] => ms.map((each, index) => new TimedReader(clock, index, each));

  for (const [others, asked] of [
    [[100], 250],
    [[125], 250],
    [[400], 800],
    [[100, 300, 900], 600],
    [[100, 300], 600],
  ] as const) {
    it(`is after ${asked} ms where the others took ${others.join(', ')} ms`, async () => {
      spares = [new TimedReader(clock, 8, 0)];
      const { from } = await fetch(readsOf(timed(...others, NEVER_MS)));
      expect(from.at(-1)).to.equal(8);
      expect(askedMs[0]).to.be.within(asked, asked);
    });
  }

  it('is after 1,500 ms where there are no others', async () => {
    spares = [new TimedReader(clock, 8, 20)];
    expect(await fetch(readsOf(timed(NEVER_MS)))).to.deep.equal({ from: [8], ms: 1_520 });
    expect(askedMs).to.deep.equal([1_500]);
  });

  it('is nobody who is in time', async () => {
    const reads = readsOf(timed(100, 240));
    expect(await fetch(reads)).to.deep.equal({ from: [0, 1], ms: 240 });
    expect(askedMs).to.deep.equal([]);
  });

  it('comes twice as late with each race that was of no use, up to sixteen times, and as soon as ever after one that was', async () => {
    const slow = timed(100, 300);
    const reads = readsOf(slow);
    spares = [new TimedReader(clock, 8, NEVER_MS)];
    const asked: unknown[] = [];
    // The spare is open from the first race on, so that nobody is asked for another: what shows is who gives the window.
    for (const ms of [300, 600, 1_100, 2_100, 4_100, 4_100]) {
      slow[1]!.ms = ms;
      asked.push((await fetch(reads)).from);
    }
    expect(asked).to.deep.equal(Array.from({ length: 6 }, () => [0, 1]));
    const spare = (await reads.set.spare(slow)) as TimedReader;
    spare.ms = 10;
    slow[1]!.ms = NEVER_MS;
    expect(await fetch(reads)).to.deep.equal({ from: [0, 8], ms: 4_010 });
  });

  it('comes as soon after windows that were in time, and after a race that was of use', async () => {
    const readers = timed(100, 100);
    const reads = readsOf(readers);
    for (let window = 0; window < 3; window++) await fetch(reads);
    readers[1]!.ms = NEVER_MS;
    spares = [new TimedReader(clock, 8, 5)];
    expect(await fetch(reads)).to.deep.equal({ from: [0, 8], ms: 255 });
    expect(askedMs).to.deep.equal([250]);
    // The two that were quick are read now, until one of them is not.
    (await reads.set.pick(UNITS)).forEach((reader) => ((reader as TimedReader).ms = 100));
    spares = [new TimedReader(clock, 7, 5)];
    reads.set.drop(readers[1]!, new Error('gone'));
    readers[0]!.ms = NEVER_MS;
    expect(await fetch(reads)).to.deep.equal({ from: [7, 8], ms: 255 });
    expect(askedMs).to.deep.equal([250]);
  });

  it('is asked again after 250 ms while it is held up by something else', async () => {
    const readers = timed(100, NEVER_MS);
    readers[1]!.heldUpUntilMs = 900;
    spares = [new TimedReader(clock, 8, 5)];
    expect((await fetch(readsOf(readers))).from).to.deep.equal([0, 8]);
    expect(askedMs).to.deep.equal([1_000]);
  });

  it('is each of several that are late, one after the other', async () => {
    spares = [7, 8].map((index) => new TimedReader(clock, index, 5));
    const { from } = await fetch(readsOf(timed(100, 100, NEVER_MS, NEVER_MS)));
    expect(from).to.deep.equal([0, 1, 7, 8]);
    expect(askedMs).to.deep.equal([250, 250]);
  });

  it('gives its units back to its reader when they come after all, or came in vain', async () => {
    const readers = timed(100, 1_000);
    spares = [new TimedReader(clock, 8, 5)];
    const { from } = await fetch(readsOf(readers));
    expect([from, readers[1]!.released]).to.deep.equal([[0, 8], 0]);
    await clock.advance(1_000);
    expect(readers[1]!.released).to.equal(1);
  });
});
