import { createHash } from 'node:crypto';
import { z } from 'zod';

import { assert } from '../../core/assert.ts';
import { concat, equal, uint32be, utf8 } from '../../core/bytes.ts';
import { decodeCbor, encodeCbor } from '../../core/cbor.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { DIGEST_BYTES } from '../../core/units.ts';

/**
 * A segment of a pack, `docs/formats.md`: prefix, index, then the bytes of its files, one behind the other in the order of their records.
 */
const MAGIC = utf8('STWP');
const VERSION = 1;
/** Magic, version, three zeros, uint32be length of the index, its SHA-256. */
export const PREFIX_BYTES = 4 + 4 + 4 + DIGEST_BYTES;
const LENGTH_AT = 8;
const DIGEST_AT = 12;

/** Records of one segment: more would make an index that no longer fits the memory it is read into. */
export const MAX_RECORDS = 262_144;
/** Longest index. Records of usual names take some sixty bytes. */
export const MAX_INDEX_BYTES = 64 * 1_048_576;
/** A pack is for small files: what is larger loses nothing by being an object of its own. */
export const MAX_FILE_BYTES = 16 * 1_048_576;
/** Bytes of all files of one segment: what compaction has to move at once. */
export const MAX_SEGMENT_BYTES = 1_024 * 1_048_576;
/** Segments that one replaces: so many segments of a few files each have long cost more than one of all. */
export const MAX_REPLACED = 65_536;
/** As of objects: twice what file systems accept for a path. */
const MAX_NAME_BYTES = 1_024;

const DELETION = 0;
const FILE = 1;

/** A file as it was when it was put. */
export interface FileRecord {
  kind: 'file';
  name: string;
  /** When it was put: milliseconds since the epoch, and later than all that its writer knew of. Of two records of a name, the later one counts. */
  at: number;
  sizeBytes: number;
  /** POSIX permission bits. */
  mode: number;
  /** Milliseconds since the epoch. */
  mtimeMs: number;
}

/** The end of whatever had the name before. */
export interface DeletionRecord {
  kind: 'deletion';
  name: string;
  at: number;
}

export type PackRecord = FileRecord | DeletionRecord;

export interface SegmentIndex {
  /** Keys of segments whose records are in this one, as far as they still count: with this one there, those say nothing. */
  replaces: readonly Uint8Array[];
  /** One for each name at most; files in the order of their bytes. */
  records: readonly PackRecord[];
}

const count = z.int().min(0);
const name = z.string().refine((text) => text !== '' && utf8(text).byteLength <= MAX_NAME_BYTES, 'a name');
const indexSchema = z.strictObject({
  replaces: z
    .array(z.instanceof(Uint8Array).refine((bytes) => bytes.byteLength === DIGEST_BYTES, '32 bytes'))
    .max(MAX_REPLACED),
  records: z
    .array(
      z.union([
        z.tuple([z.literal(DELETION), name, count]),
        z.tuple([z.literal(FILE), name, count, count.max(MAX_FILE_BYTES), count.max(0o7777), count]),
      ]),
    )
    .max(MAX_RECORDS),
});

/** Prefix and index: what a segment begins with. @throws StowError `pack-segment-full` */
export function encodeSegmentIndex({ replaces, records }: SegmentIndex): Uint8Array {
  const body = encodeCbor({
    replaces,
    records: records.map((record) =>
      record.kind === 'deletion'
        ? [DELETION, record.name, record.at]
        : [FILE, record.name, record.at, record.sizeBytes, record.mode, record.mtimeMs],
    ),
  });
  if (body.byteLength > MAX_INDEX_BYTES || records.length > MAX_RECORDS || contentBytes(records) > MAX_SEGMENT_BYTES)
    throw full(records.length);
  const head = concat(
    MAGIC,
    Uint8Array.of(VERSION, 0, 0, 0),
    uint32be(body.byteLength),
    createHash('sha256').update(body).digest(),
    body,
  );
  assert(new Set(records.map((record) => record.name)).size === records.length, 'one record for each name');
  return head;
}

/** Bytes of prefix and index together, from the prefix. @throws StowError `pack-version`, `bad-pack` */
export function headBytesOf(prefix: Uint8Array): number {
  if (prefix.byteLength < PREFIX_BYTES) throw bad('is shorter than its prefix');
  const view = Buffer.from(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  if (!equal(view.subarray(0, MAGIC.byteLength), MAGIC)) throw bad('does not begin with "STWP"');
  const version = view.readUInt8(MAGIC.byteLength);
  if (version !== VERSION) throw wrongVersion(version);
  if (view.readUIntBE(MAGIC.byteLength + 1, 3) !== 0) throw bad('has other bytes than zeros in its prefix');
  const indexBytes = view.readUInt32BE(LENGTH_AT);
  if (indexBytes > MAX_INDEX_BYTES) throw bad('claims an index that is too long');
  return PREFIX_BYTES + indexBytes;
}

/**
 * Parses prefix and index.
 * @param head exactly those bytes
 * @param plainBytes length of the whole segment
 * @throws StowError `pack-version` for a later version, `bad-pack` for anything else that this version does not write
 */
export function decodeSegmentIndex(head: Uint8Array, plainBytes: number): SegmentIndex {
  if (headBytesOf(head) !== head.byteLength) throw bad('has an index of another length than it says');
  const body = head.subarray(PREFIX_BYTES);
  if (!equal(createHash('sha256').update(body).digest(), head.subarray(DIGEST_AT, PREFIX_BYTES)))
    throw bad('has another index than was written');
  const parsed = indexSchema.safeParse(decodeCbor(body));
  if (!parsed.success) throw bad(`has an index of another form: ${z.prettifyError(parsed.error)}`);
  const records = parsed.data.records.map(toRecord);
  if (new Set(records.map((record) => record.name)).size !== records.length) throw bad('has two records of one name');
  if (head.byteLength + contentBytes(records) !== plainBytes) throw bad('has more or fewer bytes than its files');
  return { replaces: parsed.data.replaces.map((key) => key.slice()), records };
}

/** Files with the place of their bytes in the segment. */
export function placedFiles(index: SegmentIndex, headBytes: number): { file: FileRecord; offset: number }[] {
  let offset = headBytes;
  return index.records.flatMap((file) => {
    if (file.kind === 'deletion') return [];
    const placed = { file, offset };
    offset += file.sizeBytes;
    return [placed];
  });
}

function toRecord(row: z.output<typeof indexSchema>['records'][number]): PackRecord {
  if (row[0] === DELETION) return { kind: 'deletion', name: row[1], at: row[2] };
  return { kind: 'file', name: row[1], at: row[2], sizeBytes: row[3], mode: row[4], mtimeMs: row[5] };
}

/** Bytes of all files. */
export function contentBytes(records: readonly PackRecord[]): number {
  return records.reduce((sum, record) => sum + (record.kind === 'file' ? record.sizeBytes : 0), 0);
}

function full(records: number): StowError {
  return new StowError({
    code: 'pack-segment-full',
    message: `${records} files are more than one segment of a pack holds: ${MAX_RECORDS} files, ${MAX_SEGMENT_BYTES / 1_048_576} MiB`,
    hint: 'put them in several runs, or as one folder without --pack',
    exitCode: ExitCode.usage,
  });
}

function bad(what: string): StowError {
  return new StowError({
    code: 'bad-pack',
    message: `a segment of the pack ${what}`,
    hint: 'it was not written by this format; `stowmarket get KEY -o -` shows its bytes',
    exitCode: ExitCode.integrity,
  });
}

function wrongVersion(version: number): StowError {
  return new StowError({
    code: 'pack-version',
    message: `a segment of the pack is of format version ${version}; this program reads version ${VERSION}`,
    hint: version > VERSION ? 'update this program' : 'it was not written by this format',
    exitCode: ExitCode.integrity,
  });
}
