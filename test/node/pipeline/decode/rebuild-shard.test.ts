import { expect } from 'chai';
import { randomBytes } from 'node:crypto';

import { CELL_BYTES, UNIT_BYTES } from '../../../../node/core/units.ts';
import { rebuildShard } from '../../../../node/pipeline/decode/rebuild-shard.ts';
import { decodeHeaderUnit } from '../../../../node/pipeline/header/header-unit.ts';
import { codeOf, failingReader, gather, memoryReader, store, type Stored } from '../object-fixture.ts';

const { signal } = new AbortController();

/** A shard as it is uploaded: its header last. */
function uploadOrder(shard: Uint8Array): Uint8Array {
  return Buffer.concat([shard.subarray(UNIT_BYTES), shard.subarray(0, UNIT_BYTES)]);
}

async function expectRebuilt(
  { shards }: Stored,
  lost: number,
  present: readonly number[],
  skipUnits = 0,
): Promise<void> {
  const header = decodeHeaderUnit(shards[present[0]!]!.subarray(0, UNIT_BYTES));
  const readers = present.map((index) => memoryReader(shards, index));
  const got = await gather(rebuildShard({ header, index: lost, readers, skipUnits, signal }));
  const wanted = uploadOrder(shards[lost]!).subarray(skipUnits * UNIT_BYTES);
  expect(Buffer.compare(got, wanted), `shard ${lost} from ${present.join()}, without ${skipUnits}`).to.equal(0);
}

describe('rebuilding a shard without a key', () => {
  for (const [k, n] of [
    [2, 3],
    [2, 4],
    [4, 6],
    [7, 10],
  ] as const) {
    it(`gives every lost shard of ${k} of ${n} byte for byte, from any others`, async function () {
      this.timeout(60_000);
      const sizes = [0, 1, UNIT_BYTES, k * UNIT_BYTES - 15, k * CELL_BYTES, 5 * k * CELL_BYTES + 7 * UNIT_BYTES];
      for (const size of sizes) {
        const stored = await store(randomBytes(size), k, n);
        for (let lost = 0; lost < n; lost++) {
          const others = Array.from({ length: n }, (_, index) => index).filter((index) => index !== lost);
          await expectRebuilt(stored, lost, others.slice(0, k));
          await expectRebuilt(stored, lost, others.slice(-k).toReversed());
        }
      }
    });
  }

  it('goes on after any number of units that were passed on before', async () => {
    const stored = await store(randomBytes(2 * 6 * CELL_BYTES + 100_000), 2, 3);
    const units = stored.shards[1]!.byteLength / UNIT_BYTES;
    for (const skipped of [1, 3, 4, 15, 16, 17, units - 2, units - 1, units]) {
      await expectRebuilt(stored, 1, [0, 2], skipped);
    }
  });

  it('replaces a holder that fails midway, and says when too few are left', async () => {
    const stored = await store(randomBytes(2 * 9 * CELL_BYTES), 2, 4);
    const header = decodeHeaderUnit(stored.shards[0]!.subarray(0, UNIT_BYTES));
    const readers = [memoryReader(stored.shards, 0), failingReader(stored.shards, 1, 2)];
    const spare = memoryReader(stored.shards, 3);
    const got = await gather(
      rebuildShard({ header, index: 2, readers, source: { failed: () => undefined, next: async () => spare }, signal }),
    );
    expect(Buffer.compare(got, uploadOrder(stored.shards[2]!))).to.equal(0);
    const alone = rebuildShard({
      header,
      index: 2,
      readers: [readers[0]!, failingReader(stored.shards, 1, 2)],
      signal,
    });
    expect(await codeOf(gather(alone))).to.equal('too-few-shards');
  });
});
