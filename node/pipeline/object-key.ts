import { createHash, hkdfSync, randomBytes } from 'node:crypto';

import { assert } from '../core/assert.ts';
import { utf8 } from '../core/bytes.ts';

const OBJECT_KEY_DOMAIN = 'stowmarket/object/v1';
const REKEY_INFO = utf8('stowmarket/rekey/v1');
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

/**
 * The key of the object that takes another's place when it is stored anew under a fresh secret: as of a new object, with the salt
 * HKDF-SHA256(owner's key, salt = old object key, info = "stowmarket/rekey/v1"). So whoever holds the wallet, and nobody else, can tell what took which place:
 * what was cut off is gone on with, on any machine.
 * @param client 20-byte address of the owner's wallet
 * @param privateKey the owner's raw X25519 private key
 */
export function rekeyedObjectKey(client: Uint8Array, privateKey: Uint8Array, objectKey: Uint8Array): Uint8Array {
  return newObjectKey(client, new Uint8Array(hkdfSync('sha256', privateKey, objectKey, REKEY_INFO, SALT_BYTES)));
}
