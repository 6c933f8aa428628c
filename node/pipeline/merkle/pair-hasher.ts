import { hash } from 'node:crypto';

import { assert } from '../../core/assert.ts';
import { DIGEST_BYTES, LEAF_BYTES } from '../../core/units.ts';

/**
 * SHA-256 of each 64-byte pair of `input`, written one after the other into `output`.
 * `output` is half as long as `input` and does not overlap it.
 */
export type PairHasher = (input: Uint8Array, output: Uint8Array) => void;

/** A node:crypto call per pair: about 40 times slower than the native batch, but there on every platform. */
export const portablePairHasher: PairHasher = (input, output) => {
  assertShapes(input, output);
  for (let at = 0; at < input.byteLength; at += LEAF_BYTES) {
    output.set(hash('sha256', input.subarray(at, at + LEAF_BYTES), 'buffer'), at / 2);
  }
};

/**
 * The native batch hasher (SHA-NI, AVX-512, ARMv8), or undefined where its prebuilt binding does not exist
 * (macOS on x64, for one).
 */
export async function loadNativePairHasher(
  load: () => Promise<{ hashInto?: PairHasher }> = async () => import('@chainsafe/hashtree'),
): Promise<PairHasher | undefined> {
  try {
    const { hashInto } = await load();
    if (hashInto === undefined) return undefined;
    return (input, output) => {
      assertShapes(input, output);
      hashInto(input, output);
    };
  } catch {
    return undefined;
  }
}

/** The fastest hasher of this platform, chosen once. */
export const hashPairs: PairHasher = (await loadNativePairHasher()) ?? portablePairHasher;

function assertShapes(input: Uint8Array, output: Uint8Array): void {
  assert(input.byteLength % LEAF_BYTES === 0, `whole pairs of ${2 * DIGEST_BYTES} bytes, not ${input.byteLength}`);
  assert(output.byteLength * 2 === input.byteLength, 'output half as long as input');
}
