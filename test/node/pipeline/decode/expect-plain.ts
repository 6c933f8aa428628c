import { expect } from 'chai';

import { decodeObject, type DecodeInit } from '../../../../node/pipeline/decode/decode-object.ts';
import type { ShardReader } from '../../../../node/pipeline/decode/reader-set.ts';
import { gather, memoryReader, type Stored } from '../object-fixture.ts';

/** Reading a stored object from the shards of the given indices. */
export function initOf(stored: Stored, indices: readonly number[]): DecodeInit & { readers: ShardReader[] } {
  const { object, content, shards } = stored;
  return {
    header: object,
    secret: content.secret,
    readers: indices.map((index) => memoryReader(shards, index)),
  };
}

/** Decodes, and compares with bytes [from, to) of the plaintext. */
export async function expectPlain(init: DecodeInit, plain: Uint8Array, from = 0, to = plain.byteLength): Promise<void> {
  const got = await gather(decodeObject(init));
  expect(got.byteLength).to.equal(to - from);
  expect(Buffer.compare(got, plain.subarray(from, to))).to.equal(0);
}
