import { expect } from 'chai';

import { compactPack, planCompaction } from '../../../../node/client/pack/compaction.ts';
import { equal, toHex } from '../../../../node/core/bytes.ts';
import { replay } from '../../../../node/pipeline/pack/replay.ts';
import type { PackRecord } from '../../../../node/pipeline/pack/segment-index.ts';
import { fileRecord, write, type WrittenSegment } from '../../pipeline/pack/samples.ts';

const KILLED = new Error('killed');

/** A chain with segments, that is killed at its nth step. */
class FakePack {
  segments: WrittenSegment[];
  stepsLeft: number;
  written = 0;

  constructor(records: readonly (readonly PackRecord[])[], stepsLeft = Infinity) {
    this.segments = records.map((of) => write({ replaces: [], records: of }));
    this.stepsLeft = stepsLeft;
  }

  files(): string[] {
    return [...replay(this.segments).files].map(([name, { file }]) => `${name}@${file.at}`).toSorted();
  }

  /** As the command does: what an earlier run left is ended first. */
  async compact(): Promise<void> {
    const { active, replaced } = replay(this.segments);
    const pack = replay(this.segments);
    const gone = new Set(active.flatMap(({ index }) => index.replaces.map(toHex)));
    for (const { key } of replaced) if (gone.has(toHex(key))) await this.#end(key);
    const plan = planCompaction(pack, (key) => this.segments.some((one) => equal(one.key, key)));
    if (plan === undefined) return;
    await compactPack(
      {
        write: async ({ records, replaces }) => {
          this.#step();
          const segment = write({ records, replaces });
          this.segments.push(segment);
          this.written++;
          this.#step();
          return segment.key;
        },
        requireReadable: async () => this.#step(),
        end: async (key) => this.#end(key),
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
    const records: PackRecord[][] = [
      [...large, fileRecord('old', 1)],
      [{ kind: 'deletion', name: 'old', at: 2 }, fileRecord('x', 2)],
      large.slice(0, 5).map((file) => ({ ...file, name: `more-${file.name}`, at: 3 })),
    ];
    const segments = records.map((of) => ({
      key: new Uint8Array(32).fill(of.length),
      index: { replaces: [], records: of },
      headBytes: 100,
    }));
    const plan = planCompaction(replay(segments), () => true);
    expect(plan?.chosen).to.deep.equal([segments[1], segments[2]]);
    expect(plan?.records.map(({ name }) => name))
      .to.include('old')
      .and.to.include('x');
  });
});
