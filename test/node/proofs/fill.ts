import { assert } from '../../../node/core/assert.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';

const CHUNKS_PER_UNIT = UNIT_BYTES / 32;

/** The fill rule of test/vectors/merkle.json: 32-byte chunk c of a shard, counted from 0, is uint256be(c + 1). */
export function filledUnit(unitIndex: number): Uint8Array {
  const unit = Buffer.alloc(UNIT_BYTES);
  for (let chunk = 0; chunk < CHUNKS_PER_UNIT; chunk++) {
    unit.writeBigUInt64BE(BigInt(unitIndex * CHUNKS_PER_UNIT + chunk + 1), chunk * 32 + 24);
  }
  return unit;
}

/** A whole shard by the same rule. */
export function filledShard(units: number): Uint8Array {
  assert(units <= 128, 'small shards only: larger ones are made unit by unit');
  return Buffer.concat(Array.from({ length: units }, (_, index) => filledUnit(index)));
}
