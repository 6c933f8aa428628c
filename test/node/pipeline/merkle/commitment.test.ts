import { expect } from 'chai';
import * as fc from 'fast-check';

import { toHex } from '../../../../node/core/bytes.ts';
import { isStowError } from '../../../../node/core/errors.ts';
import { UNIT_BYTES } from '../../../../node/core/units.ts';
import { ShardCommitment } from '../../../../node/pipeline/merkle/commitment.ts';
import { portablePairHasher } from '../../../../node/pipeline/merkle/pair-hasher.ts';
import { unitRoot } from '../../../../node/pipeline/merkle/unit-tree.ts';
import { rootOfUnitRoots } from '../../../../node/pipeline/merkle/upper-tree.ts';
import { filledShard, filledUnit } from '../../proofs/fill.ts';
import { sszRoot } from '../../proofs/ssz-oracle.ts';

describe('shard commitment', () => {
  it('equals the independent SSZ root for every unit count from 1 to 70, header unit last', function () {
    this.timeout(120_000);
    for (let units = 1; units <= 70; units++) {
      const commitment = new ShardCommitment({ startUnit: 1 });
      for (let unit = 1; unit < units; unit++) commitment.write(filledUnit(unit));
      commitment.seek(0);
      commitment.write(filledUnit(0));
      expect(toHex(commitment.finish()), `${units} units`).to.equal(toHex(sszRoot(units)));
    }
  });

  it('does not depend on chunk sizes', () => {
    const shard = filledShard(5);
    const root = toHex(sszRoot(5));
    const sizes = fc.array(fc.integer({ min: 0, max: 3 * UNIT_BYTES }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(sizes, (chunkSizes) => {
        const commitment = new ShardCommitment();
        let at = 0;
        for (const size of chunkSizes) {
          commitment.write(shard.subarray(at, at + size));
          at = Math.min(shard.byteLength, at + size);
        }
        commitment.write(shard.subarray(at));
        return toHex(commitment.finish()) === root;
      }),
      { numRuns: 60 },
    );
  });

  it('does not depend on the order of units, and reports each unit root once', () => {
    const units = 11;
    const roots = Array.from({ length: units }, (_, unit) => unitRoot(filledUnit(unit)));
    const expected = toHex(rootOfUnitRoots(Buffer.concat(roots)));
    fc.assert(
      fc.property(fc.shuffledSubarray([...roots.keys()], { minLength: units }), (order) => {
        const seen = new Map<number, string>();
        const commitment = new ShardCommitment({ onUnitRoot: (unit, root) => seen.set(unit, toHex(root)) });
        for (const unit of order) {
          commitment.seek(unit);
          commitment.write(filledUnit(unit));
        }
        expect([...seen].toSorted(([a], [b]) => a - b).map(([, root]) => root)).to.deep.equal(roots.map(toHex));
        return toHex(commitment.finish()) === expected;
      }),
      { numRuns: 25 },
    );
  });

  it('names a missing or repeated unit and a stop inside one', () => {
    const gap = new ShardCommitment();
    gap.write(filledUnit(0));
    gap.seek(2);
    gap.write(filledUnit(2));
    expect(() => gap.finish())
      .to.throw()
      .that.satisfies((e: unknown) => isStowError(e, 'shard-incomplete'));

    const twice = new ShardCommitment();
    for (const unit of [0, 1, 0, 1]) {
      twice.seek(unit);
      twice.write(filledUnit(unit));
    }
    expect(() => twice.finish())
      .to.throw()
      .that.satisfies((e: unknown) => isStowError(e, 'shard-incomplete'));

    const empty = new ShardCommitment();
    expect(() => empty.finish())
      .to.throw()
      .that.satisfies((e: unknown) => isStowError(e, 'shard-incomplete'));

    const ragged = new ShardCommitment();
    ragged.write(new Uint8Array(UNIT_BYTES + 1));
    expect(() => ragged.finish())
      .to.throw()
      .that.satisfies((e: unknown) => isStowError(e, 'shard-misaligned'));
    expect(() => ragged.seek(0))
      .to.throw()
      .that.satisfies((e: unknown) => isStowError(e, 'shard-misaligned'));
  });

  it('gives the same unit root without the native hasher', () => {
    expect(toHex(unitRoot(filledUnit(3), portablePairHasher))).to.equal(toHex(unitRoot(filledUnit(3))));
  });
});
