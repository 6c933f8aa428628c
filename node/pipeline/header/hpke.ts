import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';

import { concat } from '../../core/bytes.ts';

/** X25519's encapsulated key, in front of the ciphertext. */
const ENCAPSULATED_BYTES = 32;

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/** What a sealed text is bound to: its purpose, and what stands in the clear beside it. */
export interface SealContext {
  readonly info: Uint8Array;
  readonly aad: Uint8Array;
}

/**
 * Seals a text for the holder of an X25519 key (32 bytes, raw) by HPKE (RFC 9180, base mode, X25519 / HKDF-SHA256 / AES-256-GCM).
 * @returns encapsulated key (32 bytes) || ciphertext || tag
 * @throws the library's error for a key that is none
 */
export async function hpkeSeal(recipient: Uint8Array, plain: Uint8Array, context: SealContext): Promise<Uint8Array> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(recipient);
  const { enc, ct } = await suite.seal({ recipientPublicKey, info: context.info }, plain, context.aad);
  return concat(new Uint8Array(enc), new Uint8Array(ct));
}

/** Opens what `hpkeSeal` sealed, with the raw private key. @throws the library's error for anything else */
export async function hpkeOpen(privateKey: Uint8Array, sealed: Uint8Array, context: SealContext): Promise<Uint8Array> {
  const recipientKey = await suite.kem.deserializePrivateKey(privateKey);
  const enc = sealed.slice(0, ENCAPSULATED_BYTES);
  const text = sealed.slice(ENCAPSULATED_BYTES);
  return new Uint8Array(await suite.open({ recipientKey, enc, info: context.info }, text, context.aad));
}
