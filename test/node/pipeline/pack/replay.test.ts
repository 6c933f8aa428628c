import { expect } from 'chai';
import fc from 'fast-check';

import { planCompaction } from '../../../../node/client/pack/compaction.ts';
import { pendingToWrite } from '../../../../node/client/pack/outdated.ts';
import { replay, type Replayed, type Segment } from '../../../../node/pipeline/pack/replay.ts';
import type { DeletionRecord } from '../../../../node/pipeline/pack/segment-index.ts';
import { bytesOf, contentFor, fileRecord, recordsOf, runs, write } from './samples.ts';

/** Names with the time of the file that counts. */
function filesOf({ files }: Replayed): Record<string, number> {
  return Object.fromEntries([...files].map(([name, { file }]) => [name, file.at]));
}

function allKept(): boolean {
  return true;
}

describe('replay of a pack', () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: runs.map((run) => ({ run })) },
      { weight: 1, arbitrary: fc.record({ compact: fc.constantFrom('killed', 'whole') }) },
    ),
    { maxLength: 12 },
  );

  it('is a map, whatever was put, overwritten, deleted and compacted, found in any order', () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat()), (journal, random) => {
        const expected = new Map<string, number>();
        let segments: Segment[] = [];
        let at = 0;
        for (const step of journal) {
          at++;
          if ('run' in step) {
            segments.push(write({ replaces: [], records: recordsOf(step.run, at) }));
            for (const { name, sizeBytes } of step.run)
              if (sizeBytes === undefined) expected.delete(name);
              else expected.set(name, at);
            continue;
          }
          const plan = planCompaction(replay(segments), allKept);
          if (plan === undefined) continue;
          const { records, replaces, chosen } = plan;
          if (records.length > 0) segments.push(write({ records, replaces }));
          // Killed before the old ones were ended, or after.
          if (step.compact === 'whole' || records.length === 0)
            segments = segments.filter((one) => !chosen.includes(one));
        }
        const found = segments
          .map((segment) => ({ segment, order: random.next().value as number }))
          .toSorted((a, b) => a.order - b.order)
          .map(({ segment }) => segment);
        const replayed = replay(found);
        expect(filesOf(replayed)).to.deep.equal(Object.fromEntries(expected));
        for (const live of replayed.files.values()) expect(bytesOf(live)).to.deep.equal(contentFor(live.file));
      }),
      { numRuns: 300 },
    );
  });

  it('loses no file and brings none back in compactions of segments that are full, which come to an end', () => {
    const removal = fc.constantFrom('a', 'b', 'c', 'd/e', 'ü').map((remove) => ({ remove }));
    const compaction = fc.constant({ compact: true });
    const limits = fc.record({ bytes: fc.integer({ min: 0, max: 600 }), records: fc.integer({ min: 1, max: 6 }) });
    fc.assert(
      fc.property(fc.array(fc.oneof(runs, removal, compaction), { maxLength: 15 }), limits, (journal, limit) => {
        const expected = new Map<string, number>();
        let segments: Segment[] = [];
        let pending: DeletionRecord[] = [];
        let at = 0;
        // As the command does. Returns whether there was something to do.
        const compact = (): boolean => {
          const pack = replay(segments, pending);
          const plan = planCompaction(pack, allKept, limit);
          if (plan === undefined) {
            expect(pendingToWrite({ ...pack, pending })).to.deep.equal([]);
          } else {
            const { records, replaces, chosen } = plan;
            segments = segments.filter((one) => !chosen.includes(one));
            if (records.length > 0) segments.push(write({ records, replaces }));
          }
          pending = [];
          return plan !== undefined;
        };
        for (const step of journal) {
          at++;
          if ('remove' in step) {
            expected.delete(step.remove);
            pending = [
              ...pending.filter(({ name }) => name !== step.remove),
              { kind: 'deletion', name: step.remove, at },
            ];
          } else if ('compact' in step) compact();
          else {
            const records = recordsOf(step, at);
            const names = new Set(records.map(({ name }) => name));
            const waiting = pendingToWrite({ ...replay(segments, pending), pending }).filter(
              ({ name }) => !names.has(name),
            );
            segments.push(write({ replaces: [], records: [...records, ...waiting] }));
            pending = [];
            for (const { kind, name } of records)
              if (kind === 'file') expected.set(name, at);
              else expected.delete(name);
          }
          expect(filesOf(replay(segments, pending))).to.deep.equal(Object.fromEntries(expected));
        }
        const most = segments.flatMap(({ index }) => index.records).length + segments.length + 2;
        let count = 0;
        while (compact()) expect(++count).to.be.lessThan(most);
        const { files } = replay(segments);
        expect(filesOf(replay(segments))).to.deep.equal(Object.fromEntries(expected));
        expect(segments.flatMap(({ index }) => index.records)).to.have.lengthOf(files.size);
      }),
      { numRuns: 500 },
    );
  });

  it('takes deletions that are in no segment yet', () => {
    const segments = [write({ replaces: [], records: [fileRecord('a', 5), fileRecord('b', 5)] })];
    const replayed = replay(segments, [{ kind: 'deletion', name: 'a', at: 6 }]);
    expect(filesOf(replayed)).to.deep.equal({ b: 5 });
    expect(replayed.latest).to.equal(6);
    expect(filesOf(replay(segments, [{ kind: 'deletion', name: 'a', at: 4 }]))).to.deep.equal({ a: 5, b: 5 });
  });

  it('comes to the same on all machines when two write in the same millisecond', () => {
    const small = write({ replaces: [], records: [fileRecord('a', 5, 1)] });
    const large = write({ replaces: [], records: [fileRecord('a', 5, 2)] });
    const gone = write({ replaces: [], records: [{ kind: 'deletion', name: 'a', at: 5 }] });
    for (const order of [
      [small, large, gone],
      [gone, large, small],
      [large, gone, small],
    ])
      expect(replay(order).files.get('a')?.file.sizeBytes).to.equal(2);
  });

  it('loses nothing of what another machine put while a compaction was under way', () => {
    const first = write({ replaces: [], records: [fileRecord('a', 1), fileRecord('b', 1)] });
    const second = write({ replaces: [], records: [{ kind: 'deletion', name: 'b', at: 2 }] });
    const plan = planCompaction(replay([first, second]), allKept);
    const meanwhile = write({ replaces: [], records: [fileRecord('a', 3), fileRecord('c', 3)] });
    const compacted = write({ records: plan?.records ?? [], replaces: plan?.replaces ?? [] });
    for (const left of [[first, second], [first], []])
      expect(filesOf(replay([...left, compacted, meanwhile]))).to.deep.equal({ a: 3, c: 3 });
  });

  it('merges two compactions of the same segments', () => {
    const parts = [fileRecord('a', 1), fileRecord('b', 2)].map((record) => write({ replaces: [], records: [record] }));
    const plan = planCompaction(replay(parts), allKept);
    const twice = [1, 2].map(() => write({ records: plan?.records ?? [], replaces: plan?.replaces ?? [] }));
    expect(filesOf(replay([...parts, ...twice]))).to.deep.equal({ a: 1, b: 2 });
    const again = planCompaction(replay([...parts, ...twice]), allKept);
    expect(again?.chosen).to.have.lengthOf(2);
    expect(again?.replaces).to.have.lengthOf(4);
    expect(again?.records).to.have.lengthOf(2);
  });
});
