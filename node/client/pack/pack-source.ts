import type { PutSource } from '../put/source.ts';
import { READ_BYTES } from '../put/source.ts';
import { encodeSegmentIndex, contentBytes, type SegmentIndex } from '../../pipeline/pack/segment-index.ts';

/** A segment that is to be written. */
export interface NewSegment {
  index: SegmentIndex;
  /** Prefix and index. */
  head: Uint8Array;
  source: PutSource;
}

export interface NewSegmentInit extends SegmentIndex {
  /** What is packed, for messages. */
  label: string;
  /** The bytes of the files, in the order of their records; as often as it is called. */
  content: (options: { signal?: AbortSignal | undefined }) => AsyncIterable<Uint8Array>;
}

/** @throws StowError `pack-segment-full` */
export function newSegment({ label, content, ...index }: NewSegmentInit): NewSegment {
  const head = encodeSegmentIndex(index);
  const source: PutSource = {
    kind: 'pack',
    label,
    maxBytes: head.byteLength + contentBytes(index.records),
    exact: true,
    rereadable: true,
    open: (options) => inPieces(withHead(head, content(options))),
  };
  return { index, head, source };
}

async function* withHead(head: Uint8Array, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* content;
}

/** Thousands of small files would each cost a turn of everything behind. A piece is valid until the next is asked for. */
async function* inPieces(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const piece = Buffer.allocUnsafeSlow(READ_BYTES);
  let filled = 0;
  for await (let chunk of stream) {
    while (chunk.byteLength > 0) {
      const taken = chunk.subarray(0, READ_BYTES - filled);
      piece.set(taken, filled);
      filled += taken.byteLength;
      chunk = chunk.subarray(taken.byteLength);
      if (filled < READ_BYTES) continue;
      yield piece;
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
