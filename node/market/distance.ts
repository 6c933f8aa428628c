import { hash } from 'node:crypto';

import { assert } from '../core/assert.ts';
import { concat, uint16be } from '../core/bytes.ts';
import { DIGEST_BYTES } from '../core/units.ts';

/** The point of the id space at which shard `index` of an object belongs: SHA-256(objectKey || uint16be(index)). */
export function placementTarget(objectKey: Uint8Array, shardIndex: number): Uint8Array {
  assert(objectKey.byteLength === DIGEST_BYTES, 'an object key of 32 bytes');
  return hash('sha256', concat(objectKey, uint16be(shardIndex)), 'buffer');
}

/** XOR of two 32-byte ids; as a big-endian number it is their distance. */
export function xorDistance(a: Uint8Array, b: Uint8Array): Uint8Array {
  assert(a.byteLength === DIGEST_BYTES && b.byteLength === DIGEST_BYTES, 'two ids of 32 bytes');
  return a.map((byte, index) => byte ^ (b[index] ?? 0));
}

/** A distance as a share of the id space, from 0 to below 1. Its first 48 bits decide; ids that agree on those are as good as equal. */
export function distanceShare(distance: Uint8Array): number {
  return Buffer.from(distance.buffer, distance.byteOffset, distance.byteLength).readUIntBE(0, 6) / 2 ** 48;
}

/** The first 48 bits of the distance between two ids: what sorts them, all but for ties. */
export function nearness(a: Uint8Array, b: Uint8Array): number {
  let value = 0;
  for (let index = 0; index < 6; index++) value = value * 256 + ((a[index] ?? 0) ^ (b[index] ?? 0));
  return value;
}
