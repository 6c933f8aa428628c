import { expect } from 'chai';

import { compactPack, endLeftOver, leftOver } from '../../../../node/client/pack/compact-pack.ts';
import { planCompaction } from '../../../../node/client/pack/compaction.ts';
import { equal } from '../../../../node/core/bytes.ts';
import { replay, type Segment } from '../../../../node/pipeline/pack/replay.ts';
import type { PackRecord } from '../../../../node/pipeline/pack/segment-index.ts';
import { fileRecord, write, type WrittenSegment } from '../../pipeline/pack/samples.ts';

const KILLED = new Error('killed');
const UNREADABLE = new Error('its providers do not give it out');

/** A chain with segments, that is killed at its nth step. */
class FakePack {
  segments: WrittenSegment[];
  stepsLeft: number;
  written = 0;
  /** Whether providers give out what compactions wrote. */
  isReadable = true;

  constructor(records: readonly (readonly PackRecord[])[], stepsLeft = Infinity) {
    this.segments = records.map((of) => write({ replaces: [], records: of }));
    this.stepsLeft = stepsLeft;
  }

  files(): string[] {
    return [...replay(this.segments).files].map(([name, { file }]) => `${name}@${file.at}`).toSorted();
  }

  /** As the command does: what an earlier run left is ended first. */
  async compact(): Promise<void> {
    const pack = replay(this.segments);
    const isKept = (key: Uint8Array): boolean => this.segments.some((one) => equal(one.key, key));
    const components = {
      requireReadable: async (): Promise<void> => {
        this.#step();
        if (!this.isReadable) throw UNREADABLE;
      },
      end: async (key: Uint8Array): Promise<void> => this.#end(key),
    };
    await endLeftOver(components, leftOver(pack, isKept));
    const plan = planCompaction(pack, isKept);
    if (plan === undefined) return;
    await compactPack(
      {
        ...components,
        write: async ({ records, replaces }) => {
          this.#step();
          const segment = write({ records, replaces });
          this.segments.push(segment);
          this.written++;
          this.#step();
          return segment.key;
        },
      },
      plan,
    );
  }

  async #end(key: Uint8Array): Promise<void> {
    this.#step();
    this.segments = this.segments.filter((one) => !equal(one.key, key));
  }

  #step(): void {
    if (this.stepsLeft-- <= 0) throw KILLED;
  }
}

describe('compaction', () => {
  const journal = [
    [fileRecord('a', 1), fileRecord('b', 1), fileRecord('c', 1)],
    [fileRecord('a', 2), { kind: 'deletion' as const, name: 'b', at: 2 }],
    [fileRecord('d', 3)],
  ];
  const files = ['a@2', 'c@1', 'd@3'];

  it('loses no file and brings none back, killed at any step, and goes on', async () => {
    for (let steps = 0; steps <= 12; steps++) {
      const pack = new FakePack(journal, steps);
      await pack.compact().catch((error: unknown) => expect(error).to.equal(KILLED));
      expect(pack.files(), `killed after ${steps} steps`).to.deep.equal(files);
      pack.stepsLeft = Infinity;
      await pack.compact();
      expect(pack.files()).to.deep.equal(files);
      expect(pack.segments, `after ${steps} steps`).to.have.lengthOf(1);
      expect(pack.written).to.equal(1);
    }
  });

  it('is killed twice and more without harm, while others write', async () => {
    const pack = new FakePack(journal, 3);
    for (let round = 0; round < 8; round++) {
      await pack.compact().catch(() => undefined);
      pack.stepsLeft = round;
      pack.segments.push(write({ replaces: [], records: [fileRecord('e', 10 + round)] }));
      expect(pack.files()).to.deep.equal([...files, `e@${10 + round}`]);
    }
  });

  it('ends nothing that an earlier one replaced before the new segment is seen to be readable, however often it is run', async () => {
    const pack = new FakePack(journal);
    pack.isReadable = false;
    for (let run = 0; run < 3; run++) {
      const error: unknown = await pack.compact().catch((thrown: unknown) => thrown);
      expect(error).to.equal(UNREADABLE);
      expect(pack.segments, `after run ${run}`).to.have.lengthOf(journal.length + 1);
    }
    // Of two, one of which can be read, neither is gone by.
    const parts = ['a', 'b'].map((name) => write({ replaces: [], records: [fileRecord(name, 1)] }));
    const anew = parts.map(({ key, index }) => write({ ...index, replaces: [key] }));
    const ended: Uint8Array[] = [];
    const requireReadable = async (key: Uint8Array): Promise<void> => {
      if (anew[1] !== undefined && equal(key, anew[1].key)) throw UNREADABLE;
    };
    const left = leftOver(replay([...parts, ...anew]), () => true);
    const ending = endLeftOver({ requireReadable, end: async (key) => void ended.push(key) }, left);
    expect(await ending.catch((thrown: unknown) => thrown)).to.equal(UNREADABLE);
    expect(ended).to.deep.equal([]);
    await endLeftOver({ requireReadable: async () => undefined, end: async (key) => void ended.push(key) }, left);
    expect(ended).to.deep.equal(parts.map(({ key }) => key));
    pack.isReadable = true;
    await pack.compact();
    expect([pack.files(), pack.segments.length, pack.written]).to.deep.equal([files, 1, 1]);
  });

  it('ends an emptied pack without a new segment, what was deleted before what says so', async () => {
    const pack = new FakePack([[fileRecord('a', 1)], [{ kind: 'deletion', name: 'a', at: 2 }]], 1);
    await pack.compact().catch(() => undefined);
    expect(pack.files()).to.deep.equal([]);
    pack.stepsLeft = Infinity;
    await pack.compact();
    expect([pack.segments, pack.written]).to.deep.equal([[], 0]);
  });

  it('does nothing where one segment has all', () => {
    expect(planCompaction(replay([write({ replaces: [], records: [fileRecord('a', 1)] })]), () => true)).to.equal(
      undefined,
    );
    expect(planCompaction(replay([]), () => true)).to.equal(undefined);
  });

  it('goes by the least of what fits one segment, and keeps the deletions that the rest needs', () => {
    const large = Array.from({ length: 60 }, (_, at) => ({ ...fileRecord(`big${at}`, 1), sizeBytes: 16 * 1_048_576 }));
    const more = large.slice(0, 5).map((file) => ({ ...file, name: `more-${file.name}`, at: 3 }));
    const segments = segmentsOf([
      [...large, fileRecord('old', 1)],
      [{ kind: 'deletion', name: 'old', at: 2 }, fileRecord('x', 2), ...more],
      [fileRecord('x', 4)],
    ]);
    const plan = planCompaction(replay(segments), () => true);
    expect(plan?.chosen).to.deep.equal([segments[1], segments[2]]);
    expect(plan?.records.map(({ kind, name, at }) => `${kind} ${name} ${at}`).slice(-2)).to.deep.equal([
      'file x 4',
      'deletion old 2',
    ]);
  });

  it('is kept as long as what has older files of its names', () => {
    const segments = segmentsOf([
      [fileRecord('a', 1), fileRecord('b', 1), fileRecord('c', 1)],
      [fileRecord('f', 1), fileRecord('g', 1, 100)],
      [fileRecord('b', 2)],
      [fileRecord('h', 1, 100)],
    ]);
    const pending = ['a', 'f'].map((name) => ({ kind: 'deletion' as const, name, at: 3 }));
    const plan = planCompaction(replay(segments, pending), () => true, { bytes: 105, records: 10 });
    expect(plan?.chosen).to.deep.equal([segments[0], segments[2]]);
    expect(plan?.outlives).to.deep.equal([segments[0], segments[2], segments[1]]);
  });

  it('is not done where a deletion has come in the place of a file', () => {
    const segments = segmentsOf([
      [fileRecord('a', 1), fileRecord('b', 1)],
      [fileRecord('f', 1), fileRecord('g', 1, 100)],
    ]);
    const pending = ['a', 'f'].map((name) => ({ kind: 'deletion' as const, name, at: 2 }));
    const plan = planCompaction(replay(segments, pending), () => true, { bytes: 105, records: 10 });
    expect([plan?.chosen, plan?.records]).to.deep.equal([[segments[0]], [fileRecord('b', 1), pending[1]]]);
  });

  it('gives back what is dead in a segment that fits together with no other', () => {
    const limits = { bytes: 1_000, records: 10 };
    const segments = segmentsOf([
      [fileRecord('a', 1, 600)],
      [fileRecord('b', 1, 700), fileRecord('c', 1, 290)],
      [{ kind: 'deletion', name: 'c', at: 2 }],
    ]);
    const plan = planCompaction(replay(segments), () => true, limits);
    expect(plan).to.deep.include({
      chosen: [segments[1], segments[2]],
      records: [fileRecord('b', 1, 700)],
      deadBytes: 290,
    });
    const after = segmentsOf([[fileRecord('a', 1, 600)], [fileRecord('b', 1, 700)]]);
    expect(planCompaction(replay(after), () => true, limits)).to.equal(undefined);
  });
});

/** Segments of sizes that no test would write. */
function segmentsOf(records: readonly (readonly PackRecord[])[]): Segment[] {
  return records.map((of, at) => ({
    key: new Uint8Array(32).fill(at),
    index: { replaces: [], records: of },
    headBytes: 100,
  }));
}
