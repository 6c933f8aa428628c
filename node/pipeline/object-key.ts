import { createHash, randomBytes } from 'node:crypto';

import { assert } from '../core/assert.ts';

const OBJECT_KEY_DOMAIN = 'stowmarket/object/v1';
const ADDRESS_BYTES = 20;
const SALT_BYTES = 32;

/**
 * A new object's key: SHA-256("stowmarket/object/v1" || client address || 32 random bytes).
 * @param client 20-byte address of the owner's wallet
 */
export function newObjectKey(client: Uint8Array, salt: Uint8Array = randomBytes(SALT_BYTES)): Uint8Array {
  assert(client.byteLength === ADDRESS_BYTES && salt.byteLength === SALT_BYTES, 'an address and a salt');
  return createHash('sha256').update(OBJECT_KEY_DOMAIN).update(client).update(salt).digest();
}
