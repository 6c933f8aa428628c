import { createCipheriv, createHash } from 'node:crypto';
import fc from 'fast-check';

import { concat } from '../../../../node/core/bytes.ts';
import type { LiveFile, Segment } from '../../../../node/pipeline/pack/replay.ts';
import {
  encodeSegmentIndex,
  type FileRecord,
  type PackRecord,
  type SegmentIndex,
} from '../../../../node/pipeline/pack/segment-index.ts';

/** A segment with its bytes. */
export interface WrittenSegment extends Segment {
  bytes: Uint8Array;
}

/** The content of a file, made of what it is called and when it was put, so that mixing two up shows. */
export function contentFor({ name, at, sizeBytes }: Pick<FileRecord, 'name' | 'at' | 'sizeBytes'>): Uint8Array {
  const seed = createHash('sha256').update(`${name} at ${at}`).digest();
  return Uint8Array.from(createCipheriv('aes-256-ctr', seed, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes)));
}

export function fileRecord(name: string, at: number, sizeBytes = 10): FileRecord {
  return { kind: 'file', name, at, sizeBytes, mode: 0o640, mtimeMs: at };
}

let written = 0;

export function write(index: SegmentIndex): WrittenSegment {
  const head = encodeSegmentIndex(index);
  const contents = index.records.flatMap((record) => (record.kind === 'file' ? [contentFor(record)] : []));
  const key = createHash('sha256').update(`segment ${written++}`).digest();
  return { key, index, headBytes: head.byteLength, bytes: concat(head, ...contents) };
}

export function bytesOf({ segment, file, offset }: LiveFile): Uint8Array {
  return (segment as WrittenSegment).bytes.subarray(offset, offset + file.sizeBytes);
}

/** One run of a client: what it puts and deletes. */
export type Run = readonly { name: string; sizeBytes: number | undefined }[];

export const runs: fc.Arbitrary<Run> = fc.array(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd/e', 'ü'),
    sizeBytes: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 6 },
);

/** Records of a run: the last word on each name. */
export function recordsOf(run: Run, at: number): PackRecord[] {
  const last = new Map(run.map((op) => [op.name, op]));
  return [...last.values()].map(({ name, sizeBytes }) =>
    sizeBytes === undefined ? { kind: 'deletion', name, at } : fileRecord(name, at, sizeBytes),
  );
}
