import { CID } from 'multiformats/cid';
import { create as createDigest } from 'multiformats/hashes/digest';

import { assert } from '../core/assert.ts';
import { DIGEST_BYTES } from '../core/units.ts';

/** Multicodec `raw`: the shard's bytes have no inner links. */
const RAW_CODEC = 0x55;
/** Multicodec `ssz-sha2-256-bmt`: root of a binary SHA-256 tree over 32-byte chunks. */
const SHARD_MULTIHASH = 0xb502;

/** CIDv1 under which a shard is announced. `root` is its 32-byte Merkle root. */
export function shardCid(root: Uint8Array): CID {
  assert(root.byteLength === DIGEST_BYTES, `a shard root has 32 bytes, not ${root.byteLength}`);
  return CID.createV1(RAW_CODEC, createDigest(SHARD_MULTIHASH, root));
}
