import { hkdfSync } from 'node:crypto';

import { utf8 } from '../../core/bytes.ts';
import { StowError, ExitCode } from '../../core/errors.ts';

/**
 * The EIP-712 message whose signature is the root of a client's storage key. It is the same for every chain and market,
 * so that a wallet alone finds its objects again. It names no contract and authorises nothing.
 */
export const STORAGE_KEY_TYPED_DATA = {
  domain: { name: 'Stowmarket', version: '1' },
  types: { StorageKey: [{ name: 'purpose', type: 'string' }] },
  primaryType: 'StorageKey',
  message: {
    purpose:
      'This signature unlocks my private files. I give it only to software of mine: whoever has it can read everything I store.',
  },
} as const;

const SIGNATURE_BYTES = 65;
const OWNER_KEY_INFO = utf8('stowmarket/owner/v1');
/** Order of secp256k1 (SEC 2, section 2.4.1). */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/**
 * The owner's raw X25519 private key (32 bytes): HKDF-SHA256 over the 65-byte signature of STORAGE_KEY_TYPED_DATA,
 * no salt, info "stowmarket/owner/v1". Signing must be deterministic (RFC 6979), as wallets do it.
 * The two ways of writing one signature (s or n - s, recovery id 0/1 or 27/28) give one key.
 * Throws `bad-storage-signature` for anything but r || s || v.
 */
export function deriveOwnerKey(signature: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', canonicalSignature(signature), new Uint8Array(), OWNER_KEY_INFO, 32));
}

function canonicalSignature(signature: Uint8Array): Uint8Array {
  const v = signature[SIGNATURE_BYTES - 1];
  if (signature.byteLength !== SIGNATURE_BYTES || v === undefined || ![0, 1, 27, 28].includes(v)) {
    throw new StowError({
      code: 'bad-storage-signature',
      message: 'the wallet did not give a 65-byte secp256k1 signature, from which the storage key derives',
      hint: 'use a plain key wallet: contract wallets sign in other forms',
      exitCode: ExitCode.usage,
    });
  }
  const out = Buffer.from(signature);
  const s = BigInt(`0x${out.toString('hex', 32, 64)}`);
  const parity = v % 27;
  const high = s > CURVE_ORDER / 2n;
  if (high) out.write((CURVE_ORDER - s).toString(16).padStart(64, '0'), 32, 'hex');
  out[SIGNATURE_BYTES - 1] = 27 + (high ? 1 - parity : parity);
  return out;
}
