import { equal } from '../core/bytes.ts';
import { DIGEST_BYTES } from '../core/units.ts';
import { rootOfUnitRoots } from '../pipeline/merkle/upper-tree.ts';
import type { ScrubVerdict } from './shard-store.ts';

/**
 * Which units differ from what was stored, by packed unit roots. When the roots found give the shard's root, all is well
 * whatever the tree says; when the stored ones do not, the tree is damaged too and cannot tell good units from bad.
 */
export function badUnits(root: Uint8Array, stored: Uint8Array, found: Uint8Array): ScrubVerdict {
  if (equal(rootOfUnitRoots(found), root)) return { ok: true };
  const units = found.byteLength / DIGEST_BYTES;
  const all = Array.from({ length: units }, (_, unit) => unit);
  if (!equal(rootOfUnitRoots(stored), root)) return { ok: false, badUnits: all };
  return { ok: false, badUnits: all.filter((unit) => !equal(rootAt(stored, unit), rootAt(found, unit))) };
}

function rootAt(roots: Uint8Array, unit: number): Uint8Array {
  return roots.subarray(unit * DIGEST_BYTES, (unit + 1) * DIGEST_BYTES);
}
