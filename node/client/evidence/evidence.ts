import { hash } from 'node:crypto';

import { equal } from '../../core/bytes.ts';
import { UNIT_BYTES } from '../../core/units.ts';
import type { AgreementId } from '../../market/messages.ts';
import { unitRoot } from '../../pipeline/merkle/unit-tree.ts';
import { verifyUnitPath, verifyUnitRoots } from '../../proofs/verify.ts';

/** A wrong answer of a provider, as it is kept. The agreement names the object, the client and the root on chain. */
export interface Evidence {
  /** When it came, milliseconds since the epoch by this machine's clock. */
  atMs: number;
  agreement: AgreementId;
  provider: number;
  peerId: string;
  shardIndex: number;
  /** The shard's root and size, as the agreement has them. */
  root: Uint8Array;
  units: number;
  /** What was asked for: one unit, with the root that it should have and the siblings above that; or the roots of all. */
  asked: { what: 'unit'; unit: number; unitRoot: Uint8Array; path: Uint8Array } | { what: 'unit-roots' };
  /** What came. */
  receivedBytes: number;
  receivedSha256: Uint8Array;
}

/**
 * Whether a record says what it claims, from itself and the bytes alone: what was expected belongs to the shard's root, the bytes are those
 * that the record was made of, and they are not what was expected.
 * @param bytes what came; undefined where they are not kept any more, which leaves the rest to be checked
 * @returns what is wrong with it, or undefined when it holds
 */
export function flawOf(evidence: Evidence, bytes: Uint8Array | undefined): string | undefined {
  const { asked, root, units } = evidence;
  if (asked.what === 'unit') {
    const above = verifyUnitPath({ root, units, unitIndex: asked.unit, unitRoot: asked.unitRoot, path: asked.path });
    if (!above.ok) return 'the root of its unit does not lead to the root of the shard';
  }
  if (bytes === undefined) return undefined;
  if (bytes.byteLength !== evidence.receivedBytes || !equal(sha256(bytes), evidence.receivedSha256))
    return 'its bytes are not those that came';
  return isWrong(evidence, bytes) ? undefined : 'its bytes are what was stored';
}

function isWrong({ asked, root, units }: Evidence, bytes: Uint8Array): boolean {
  if (asked.what === 'unit-roots') return !verifyUnitRoots({ root, units, unitRoots: bytes }).ok;
  return bytes.byteLength !== UNIT_BYTES || !equal(unitRoot(bytes), asked.unitRoot);
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}
