import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak256 } from 'viem';

import type { Address, Hex } from '../market/types.ts';

const RECOVERY_OFFSET = 27;

/** Somebody who can sign. */
export interface Key {
  secret: Uint8Array;
  /** x || y. */
  publicKey: Hex;
  address: Address;
}

export function keyOf(secret: Uint8Array): Key {
  const publicKey: Hex = `0x${Buffer.from(secp256k1.getPublicKey(secret, false).subarray(1)).toString('hex')}`;
  return { secret, publicKey, address: `0x${keccak256(publicKey).slice(-40)}` };
}

/** r || s || v of a digest. */
export function sign(key: Key, digest: Hex): Hex {
  const [recovery, ...rs] = secp256k1.sign(Buffer.from(digest.slice(2), 'hex'), key.secret, {
    prehash: false,
    format: 'recovered',
  });
  return `0x${Buffer.from([...rs, (recovery ?? 0) + RECOVERY_OFFSET]).toString('hex')}`;
}
