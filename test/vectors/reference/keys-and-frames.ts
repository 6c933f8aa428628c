import { gcm } from '@noble/ciphers/aes.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { computeAddress, SigningKey, TypedDataEncoder } from 'ethers';

import { bigEndian, hex, seededBytes, unhex } from './bytes.ts';

const FRAME = 1_048_576;

const DOMAIN = { name: 'Stowmarket', version: '1' };
const TYPES = { StorageKey: [{ name: 'purpose', type: 'string' }] };
const PURPOSE =
  'This signature unlocks my private files. I give it only to software of mine: whoever has it can read everything I store.';

const WALLET_KEYS = [
  bigEndian(1, 32),
  seededBytes(32, 0x40),
  ...['first', 'second', 'third'].map((name) => sha256(utf8ToBytes(name))),
];

interface OwnerKeyVector {
  walletKey: string;
  address: string;
  digest: string;
  signature: string;
  privateKey: string;
  publicKey: string;
}

/** Wallet key, EIP-712 signature, X25519 key pair. */
export function ownerKeyVectors(): OwnerKeyVector[] {
  return WALLET_KEYS.map((walletKey) => {
    const signer = new SigningKey(`0x${hex(walletKey)}`);
    const digest = TypedDataEncoder.hash(DOMAIN, TYPES, { purpose: PURPOSE });
    const signature = unhex(signer.sign(digest).serialized.slice(2));
    const privateKey = hkdf(sha256, signature, undefined, utf8ToBytes('stowmarket/owner/v1'), 32);
    return {
      walletKey: hex(walletKey),
      address: addressOf(signer),
      digest: digest.slice(2),
      signature: hex(signature),
      privateKey: hex(privateKey),
      publicKey: hex(x25519.getPublicKey(privateKey)),
    };
  });
}

function addressOf(signer: SigningKey): string {
  return computeAddress(signer.publicKey).slice(2).toLowerCase();
}

export function objectKeyOf(client: Uint8Array, salt: Uint8Array): Uint8Array {
  return sha256(concatBytes(utf8ToBytes('stowmarket/object/v1'), client, salt));
}

/** @param shard the index with k = 1, undefined with k > 1 */
export function frameKeyOf(secret: Uint8Array, objectKey: Uint8Array, shard?: number): Uint8Array {
  const info = concatBytes(utf8ToBytes('stowmarket/frames/v1'), bigEndian(shard ?? 0xffff, 2));
  return hkdf(sha256, secret, objectKey, info, 32);
}

export function keyVectors(): { objectKeys: object[]; rekeyedKeys: object[]; frameKeys: object[] } {
  const salts = [new Uint8Array(32), seededBytes(32, 9)];
  const objectKeys = salts.map((salt, index) => {
    const client = seededBytes(20, index);
    return { client: hex(client), salt: hex(salt), objectKey: hex(objectKeyOf(client, salt)) };
  });
  const rekeyedKeys = [0, 1].map((seed) => {
    const [client, privateKey, objectKey] = [
      seededBytes(20, seed),
      seededBytes(32, 0x81 + seed),
      seededBytes(32, 0x91 + seed),
    ];
    const salt = hkdf(sha256, privateKey, objectKey, utf8ToBytes('stowmarket/rekey/v1'), 32);
    const next = objectKeyOf(client, salt);
    return { client: hex(client), privateKey: hex(privateKey), objectKey: hex(objectKey), next: hex(next) };
  });
  const frameKeys = [undefined, 0, 1, 254].map((shard) => {
    const [secret, objectKey] = [seededBytes(32, 0x11), seededBytes(32, 0x22)];
    return {
      secret: hex(secret),
      objectKey: hex(objectKey),
      ...(shard === undefined ? {} : { shard }),
      key: hex(frameKeyOf(secret, objectKey, shard)),
    };
  });
  return { objectKeys, rekeyedKeys, frameKeys };
}

interface SealedFrame {
  nonce: Uint8Array;
  additionalData: Uint8Array;
  /** Ciphertext, then the tag of 16 bytes. */
  sealed: Uint8Array;
}

export function sealFrameBy(
  key: Uint8Array,
  objectKey: Uint8Array,
  { index, final, plain }: { index: number; final: boolean; plain: Uint8Array },
): SealedFrame {
  const nonce = concatBytes(new Uint8Array(4), bigEndian(index, 8));
  const additionalData = concatBytes(objectKey, bigEndian(index, 8), Uint8Array.of(final ? 1 : 0));
  return { nonce, additionalData, sealed: gcm(key, nonce, additionalData).encrypt(plain) };
}

/** The ciphertext stream of a whole text. */
export function cipherStreamOf(key: Uint8Array, objectKey: Uint8Array, plain: Uint8Array): Uint8Array {
  const frames = Math.max(1, Math.ceil(plain.length / FRAME));
  return concatBytes(
    ...Array.from({ length: frames }, (_, index) => {
      const piece = plain.subarray(index * FRAME, (index + 1) * FRAME);
      return sealFrameBy(key, objectKey, { index, final: index === frames - 1, plain: piece }).sealed;
    }),
  );
}

/** Single frames: small ones in full. Frame numbers above 2^32 too, where a counter of 32 bits would repeat a nonce. */
export function frameVectors(): object[] {
  const key = frameKeyOf(seededBytes(32, 0x11), seededBytes(32, 0x22));
  const objectKey = seededBytes(32, 0x22);
  return [
    { index: 0, final: true, length: 0 },
    { index: 0, final: true, length: 1 },
    { index: 0, final: false, length: 40 },
    { index: 1, final: true, length: 40 },
    { index: 0xff, final: false, length: 17 },
    { index: 0x1_0000_0000, final: true, length: 33 },
    { index: 0x1_ffff_ffff, final: false, length: 16 },
  ].map(({ index, final, length }) => {
    const plain = seededBytes(length, index);
    const { nonce, additionalData, sealed } = sealFrameBy(key, objectKey, { index, final, plain });
    return {
      key: hex(key),
      objectKey: hex(objectKey),
      index,
      final,
      plain: hex(plain),
      nonce: hex(nonce),
      additionalData: hex(additionalData),
      ciphertext: hex(sealed.subarray(0, -16)),
      tag: hex(sealed.subarray(-16)),
    };
  });
}
