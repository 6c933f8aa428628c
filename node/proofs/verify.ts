import { hash } from 'node:crypto';

import { equal } from '../core/bytes.ts';
import { DIGEST_BYTES, LEAF_BYTES, LEAVES_PER_UNIT, MAX_UNITS, UNIT_DEPTH, log2Ceil } from '../core/units.ts';
import { hashNodes, rootOfUnitRoots } from '../pipeline/merkle/upper-tree.ts';

/** Why a proof does not hold, or that it does. */
export type ProofVerdict =
  { ok: true } | { ok: false; reason: 'bad-units' | 'leaf-out-of-range' | 'bad-length' | 'root-mismatch' };

export interface LeafProofClaim {
  /** Shard root, 32 bytes. */
  root: Uint8Array;
  /** Units of the shard as its agreement states them. */
  units: number;
  /** Leaf within the shard. */
  leafIndex: number;
  /** Leaf and siblings as `proveLeaf` gives them. */
  proof: Uint8Array;
}

/** Siblings in a proof: follows from the stored unit count and from nothing that the prover says. */
export function proofDepth(units: number): number {
  return UNIT_DEPTH + log2Ceil(units);
}

/** Exact length in bytes of a leaf proof for a shard of `units`. */
export function proofBytes(units: number): number {
  return LEAF_BYTES + proofDepth(units) * DIGEST_BYTES;
}

/** Checks one leaf proof. Takes any bytes from anyone; never throws. */
export function verifyLeaf(claim: LeafProofClaim): ProofVerdict {
  const { root, units, leafIndex, proof } = claim;
  if (!isUnitCount(units)) return { ok: false, reason: 'bad-units' };
  if (!Number.isSafeInteger(leafIndex) || leafIndex < 0 || leafIndex >= units * LEAVES_PER_UNIT) {
    return { ok: false, reason: 'leaf-out-of-range' };
  }
  if (proof.byteLength !== proofBytes(units)) return { ok: false, reason: 'bad-length' };
  const node = hash('sha256', proof.subarray(0, LEAF_BYTES), 'buffer');
  const climbed = climb(node, leafIndex, proof.subarray(LEAF_BYTES));
  return equal(climbed, root) ? { ok: true } : { ok: false, reason: 'root-mismatch' };
}

/**
 * Checks the root of one unit by its siblings above (bottom up, ceil(log2(units)) x 32 bytes): for range reads,
 * where fetching every unit root of a large shard costs more than the range.
 */
export function verifyUnitPath(claim: {
  root: Uint8Array;
  units: number;
  unitIndex: number;
  unitRoot: Uint8Array;
  path: Uint8Array;
}): ProofVerdict {
  const { root, units, unitIndex, unitRoot, path } = claim;
  if (!isUnitCount(units)) return { ok: false, reason: 'bad-units' };
  if (!Number.isSafeInteger(unitIndex) || unitIndex < 0 || unitIndex >= units) {
    return { ok: false, reason: 'leaf-out-of-range' };
  }
  if (unitRoot.byteLength !== DIGEST_BYTES || path.byteLength !== log2Ceil(units) * DIGEST_BYTES) {
    return { ok: false, reason: 'bad-length' };
  }
  return equal(climb(unitRoot, unitIndex, path), root) ? { ok: true } : { ok: false, reason: 'root-mismatch' };
}

/** Checks all unit roots of a shard at once (packed, 32 bytes each) against its root. Never throws. */
export function verifyUnitRoots(claim: { root: Uint8Array; units: number; unitRoots: Uint8Array }): ProofVerdict {
  const { root, units, unitRoots } = claim;
  if (!isUnitCount(units)) return { ok: false, reason: 'bad-units' };
  if (unitRoots.byteLength !== units * DIGEST_BYTES) return { ok: false, reason: 'bad-length' };
  return equal(rootOfUnitRoots(unitRoots), root) ? { ok: true } : { ok: false, reason: 'root-mismatch' };
}

function isUnitCount(units: number): boolean {
  return Number.isSafeInteger(units) && units >= 1 && units <= MAX_UNITS;
}

function climb(start: Uint8Array, index: number, siblings: Uint8Array): Uint8Array {
  let node = start;
  let at = index;
  for (let offset = 0; offset < siblings.byteLength; offset += DIGEST_BYTES) {
    const sibling = siblings.subarray(offset, offset + DIGEST_BYTES);
    node = at % 2 === 0 ? hashNodes(node, sibling) : hashNodes(sibling, node);
    at = Math.floor(at / 2);
  }
  return node;
}
