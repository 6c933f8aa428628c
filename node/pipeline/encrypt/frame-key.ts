import { createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';

import { assert } from '../../core/assert.ts';
import { concat, uint16be, utf8 } from '../../core/bytes.ts';
import { DIGEST_BYTES } from '../../core/units.ts';

/** A random secret per object, from which the keys of its frames derive. */
export const OBJECT_SECRET_BYTES = 32;
const FRAME_KEY_INFO = utf8('stowmarket/frames/v1');
/** Stands where a replica's number would, in an object whose shards are cells of one ciphertext. */
const NO_REPLICA = 0xffff;

/** A fresh object secret. Never used for a second object: nonces are frame numbers. */
export function newObjectSecret(): Uint8Array {
  return randomBytes(OBJECT_SECRET_BYTES);
}

/**
 * AES-256-GCM key of an object's frames: HKDF-SHA256 (RFC 5869) over the object secret, salt = object key,
 * info = "stowmarket/frames/v1" || uint16be(replica, or 0xffff when k > 1).
 * @param replica shard index when k = 1, where each replica has its own key, so that no two are the same bytes
 */
export function deriveFrameKey(secret: Uint8Array, objectKey: Uint8Array, replica?: number): KeyObject {
  assert(secret.byteLength === OBJECT_SECRET_BYTES, 'an object secret of 32 bytes');
  assert(objectKey.byteLength === DIGEST_BYTES, 'an object key of 32 bytes');
  assert(replica === undefined || (replica >= 0 && replica < NO_REPLICA), 'a replica number');
  const info = concat(FRAME_KEY_INFO, uint16be(replica ?? NO_REPLICA));
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, objectKey, info, 32)));
}
