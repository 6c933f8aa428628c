import { z } from 'zod';

import { assert } from '../../core/assert.ts';
import { decodeCbor, encodeCbor } from '../../core/cbor.ts';
import { concat, uint32be, utf8 } from '../../core/bytes.ts';
import { StowError, ExitCode } from '../../core/errors.ts';
import { CELL_BYTES, DIGEST_BYTES, FRAME_BYTES, UNIT_BYTES } from '../../core/units.ts';
import { MAX_SHARDS } from '../erasure/code.ts';

const MAGIC = utf8('STOW');
const VERSION = 1;
/** Magic, version byte, uint32be length. */
const PREFIX_BYTES = MAGIC.byteLength + 1 + 4;
/** What a unit is padded with. */
const ZEROS = Buffer.alloc(UNIT_BYTES);

const bytes32 = z.instanceof(Uint8Array).refine((bytes) => bytes.byteLength === DIGEST_BYTES, '32 bytes');
const headerSchema = z
  .strictObject({
    objectKey: bytes32,
    k: z.int().min(1).max(MAX_SHARDS),
    n: z.int().min(1).max(MAX_SHARDS),
    // At most n of the shards are kept, but they need not be the first n: a put starts with spares, and keeps the first n that finish.
    index: z
      .int()
      .min(0)
      .max(MAX_SHARDS - 1),
    cellBytes: z.literal(CELL_BYTES),
    frameBytes: z.literal(FRAME_BYTES),
    plainBytes: z.int().min(0),
    envelope: z.instanceof(Uint8Array),
  })
  .refine(({ k, n }) => k <= n, 'k <= n');

/** What a shard says of itself in the clear. */
export interface HeaderFields {
  objectKey: Uint8Array;
  k: number;
  n: number;
  index: number;
  plainBytes: number;
}

/** Header of one shard with its sealed envelope. */
export interface ShardHeader extends HeaderFields {
  envelope: Uint8Array;
}

/**
 * What the envelope is bound to: the deterministic CBOR of the header fields that all shards of an object share. The
 * index is left out, so that one envelope serves all of them and whoever rebuilds a shard can write its header; the
 * index is bound by the shard root, which the agreement names together with it.
 */
export function envelopeAad(fields: Omit<HeaderFields, 'index'>): Uint8Array {
  return encodeCbor(sharedFields(fields));
}

/** The 65,536 bytes of unit 0: "STOW", version 1, uint32be length, deterministic CBOR map, zeros. */
export function encodeHeaderUnit(header: ShardHeader): Uint8Array {
  const body = encodeCbor({ ...sharedFields(header), index: header.index, envelope: header.envelope });
  assert(PREFIX_BYTES + body.byteLength <= UNIT_BYTES, 'a header fits its unit');
  const unit = new Uint8Array(UNIT_BYTES);
  unit.set(concat(MAGIC, Uint8Array.of(VERSION), uint32be(body.byteLength), body));
  return unit;
}

/**
 * Parses unit 0 of a shard that a stranger holds. Throws `header-version` for a later version and `bad-header` for
 * anything else that this version does not write.
 */
export function decodeHeaderUnit(unit: Uint8Array): ShardHeader {
  if (unit.byteLength !== UNIT_BYTES) throw badHeader(`has ${unit.byteLength} bytes instead of ${UNIT_BYTES}`);
  const view = Buffer.from(unit.buffer, unit.byteOffset, unit.byteLength);
  if (Buffer.compare(view.subarray(0, MAGIC.byteLength), MAGIC) !== 0) throw badHeader('does not begin with "STOW"');
  const version = view.readUInt8(MAGIC.byteLength);
  if (version !== VERSION) throw wrongVersion(version);
  const end = PREFIX_BYTES + view.readUInt32BE(MAGIC.byteLength + 1);
  if (end > UNIT_BYTES) throw badHeader('claims to be longer than its unit');
  if (!view.subarray(end).equals(ZEROS.subarray(end))) throw badHeader('has bytes after its end');
  const parsed = headerSchema.safeParse(decodeCbor(view.subarray(PREFIX_BYTES, end)));
  if (!parsed.success) throw badHeader(`has wrong fields: ${z.prettifyError(parsed.error)}`);
  // What CBOR decodes of bytes are copies: nothing keeps the unit's memory.
  const { objectKey, k, n, index, plainBytes, envelope } = parsed.data;
  return { objectKey, k, n, index, plainBytes, envelope };
}

function sharedFields({ objectKey, k, n, plainBytes }: Omit<HeaderFields, 'index'>): Record<string, unknown> {
  return { objectKey, k, n, cellBytes: CELL_BYTES, frameBytes: FRAME_BYTES, plainBytes };
}

function badHeader(what: string): StowError {
  return new StowError({
    code: 'bad-header',
    message: `the header unit of a shard ${what}`,
    hint: 'the shard was not written by this format; read another shard of the object',
    exitCode: ExitCode.integrity,
  });
}

function wrongVersion(version: number): StowError {
  return new StowError({
    code: 'header-version',
    message: `the shard is of format version ${version}; this program reads version ${VERSION}`,
    hint: version > VERSION ? 'update this program' : 'the shard is damaged; read another shard of the object',
    exitCode: ExitCode.integrity,
  });
}
