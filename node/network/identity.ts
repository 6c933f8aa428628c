import { privateKeyFromRaw, publicKeyFromRaw } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey, peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { getAddress } from 'viem/utils';
import type { PeerId, Secp256k1PrivateKey } from '@libp2p/interface';

import { to0x } from '../core/bytes.ts';
import { ExitCode, messageOf, StowError } from '../core/errors.ts';

const NODE_KEY_BYTES = 32;

/** Everything that follows from one node key: who it is to libp2p and who it is to the chain. */
export interface NodeIdentity {
  readonly privateKey: Secp256k1PrivateKey;
  readonly peerId: PeerId;
  /** 33 bytes, SEC 1. */
  readonly publicKey: Uint8Array;
  /** EIP-55 checksummed. */
  readonly address: `0x${string}`;
}

/**
 * @param nodeKey 32-byte secp256k1 private key
 * @throws StowError `node-key-invalid` for a wrong length, zero or a value at or above the group order
 */
export function nodeIdentity(nodeKey: Uint8Array): NodeIdentity {
  if (nodeKey.byteLength !== NODE_KEY_BYTES || !secp256k1.utils.isValidSecretKey(nodeKey)) {
    throw new StowError({
      code: 'node-key-invalid',
      message: `a node key is a 32-byte secp256k1 private key; got ${nodeKey.byteLength} bytes that are not one`,
      hint: 'restore the node key from its keystore, or create a new one',
      exitCode: ExitCode.usage,
    });
  }
  const privateKey = privateKeyFromRaw(Uint8Array.from(nodeKey));
  if (privateKey.type !== 'secp256k1') throw new TypeError(`libp2p read the node key as ${privateKey.type}`);
  const publicKey = privateKey.publicKey.raw;
  return { privateKey, peerId: peerIdFromPrivateKey(privateKey), publicKey, address: evmAddress(publicKey) };
}

/**
 * Ethereum address of a public key in either form: the last 20 bytes of keccak-256 over the 64 bytes of X and Y
 * (Yellow Paper, appendix F).
 */
export function evmAddress(publicKey: Uint8Array): `0x${string}` {
  return getAddress(to0x(keccak_256(uncompressPublicKey(publicKey).subarray(1)).subarray(-20)));
}

/** libp2p peer id of a public key in either form: the identity multihash of its protobuf, as for every key up to 42 bytes. */
export function peerIdOfPublicKey(publicKey: Uint8Array): PeerId {
  return peerIdFromPublicKey(publicKeyFromRaw(compressPublicKey(publicKey)));
}

/**
 * The secp256k1 public key inside a peer id, 33 bytes.
 * @throws StowError `peer-id-invalid` when the id holds another kind of key or only a hash of one
 */
export function publicKeyOfPeerId(peerId: PeerId): Uint8Array {
  if (peerId.type === 'secp256k1') return peerId.publicKey.raw;
  throw invalidPeerId(peerId.toString(), `it holds a ${peerId.type} key; node keys are secp256k1`);
}

/** Parses base58 or CIDv1 text. @throws StowError `peer-id-invalid` */
export function parsePeerId(text: string): PeerId {
  try {
    return peerIdFromString(text);
  } catch (error) {
    throw invalidPeerId(text.slice(0, 80), messageOf(error), error);
  }
}

/** 33-byte SEC 1 form. @throws StowError `public-key-invalid` for bytes that are no point of the curve */
export function compressPublicKey(publicKey: Uint8Array): Uint8Array {
  return pointOf(publicKey).toBytes(true);
}

/** 65-byte SEC 1 form (0x04 || X || Y). @throws StowError `public-key-invalid` for bytes that are no point of the curve */
export function uncompressPublicKey(publicKey: Uint8Array): Uint8Array {
  return pointOf(publicKey).toBytes(false);
}

function pointOf(publicKey: Uint8Array): InstanceType<typeof secp256k1.Point> {
  try {
    return secp256k1.Point.fromBytes(publicKey);
  } catch (error) {
    throw new StowError({
      code: 'public-key-invalid',
      message: `${publicKey.byteLength} bytes are not a secp256k1 public key: ${messageOf(error)}`,
      hint: 'a node public key has 33 bytes (compressed) or 65 (uncompressed)',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
}

function invalidPeerId(text: string, reason: string, cause?: unknown): StowError {
  return new StowError({
    code: 'peer-id-invalid',
    message: `${JSON.stringify(text)} is not a node's peer id: ${reason}`,
    hint: 'copy the peer id from `stowmarket provider status` or from the registry',
    exitCode: ExitCode.usage,
    cause,
  });
}
