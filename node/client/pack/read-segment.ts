import { concat } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { FRAME_BYTES } from '../../core/units.ts';
import type { LiveFile } from '../../pipeline/pack/replay.ts';
import { decodeSegmentIndex, headBytesOf, PREFIX_BYTES, type SegmentIndex } from '../../pipeline/pack/segment-index.ts';
import type { ReadableObject } from '../get/get.ts';
import { normalizeName } from '../object-name.ts';

/** Opens the segment's object anew: each one is read once. */
export type OpenSegment = () => Promise<ReadableObject>;

/** Bytes between two files that are read and thrown away sooner than a second reading is begun: a frame is read whole in any case. */
const GAP_BYTES = FRAME_BYTES;

/**
 * Reads prefix and index, and no more than the frames that they lie in.
 * @throws StowError `bad-pack`, `pack-version`, and what reading throws
 */
export async function readSegmentHead(open: OpenSegment): Promise<Uint8Array> {
  const first = await open();
  const { plainBytes } = first.header;
  const start = await gather(first.bytes({ from: 0, to: Math.min(FRAME_BYTES, plainBytes) }));
  const headBytes = headBytesOf(start.subarray(0, PREFIX_BYTES));
  const isWhole = headBytes <= start.byteLength;
  const head = isWhole
    ? start.slice(0, headBytes)
    : await gather((await open()).bytes({ from: 0, to: Math.min(headBytes, plainBytes) }));
  requireUsableNames(decodeSegmentIndex(head, plainBytes));
  return head;
}

/**
 * Reads files of one segment, in the order of their bytes; those that lie close together at one go.
 * @param files of that segment, in any order
 */
export async function* readFiles(
  open: OpenSegment,
  files: readonly LiveFile[],
): AsyncGenerator<{ live: LiveFile; bytes: Uint8Array }> {
  for (const run of runsOf(files)) {
    const [first] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined) continue;
    const span = { from: first.offset, to: endOf(last) };
    const reader = new Cutter(span.from === span.to ? [] : (await open()).bytes(span), span.from);
    try {
      for (const live of run) {
        yield { live, bytes: await reader.take(live.offset, endOf(live)) };
      }
    } finally {
      await reader.close();
    }
  }
}

function runsOf(files: readonly LiveFile[]): LiveFile[][] {
  const runs: LiveFile[][] = [];
  let end = -Infinity;
  for (const live of files.toSorted((a, b) => a.offset - b.offset)) {
    if (live.offset - end > GAP_BYTES) runs.push([live]);
    else runs.at(-1)?.push(live);
    end = endOf(live);
  }
  return runs;
}

function endOf({ offset, file }: LiveFile): number {
  return offset + file.sizeBytes;
}

/** Cuts spans, each behind the one before, out of a stream. */
class Cutter {
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #position: number;
  #chunk: Uint8Array = new Uint8Array();

  constructor(stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, position: number) {
    this.#iterator = Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
    this.#position = position;
  }

  async take(from: number, to: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    while (this.#position < to) {
      if (this.#chunk.byteLength === 0) {
        const next = await this.#iterator.next();
        if (next.done === true) throw ended();
        this.#chunk = next.value;
      }
      const skipped = this.#chunk.subarray(Math.max(0, from - this.#position));
      const wanted = Math.min(this.#chunk.byteLength, to - this.#position);
      if (this.#position + wanted > from)
        parts.push(skipped.slice(0, wanted - (this.#chunk.byteLength - skipped.byteLength)));
      this.#chunk = this.#chunk.subarray(wanted);
      this.#position += wanted;
    }
    return concat(...parts);
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

async function gather(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return concat(...parts);
}

/** Names become files' names where they are read. */
function requireUsableNames({ records }: SegmentIndex): void {
  for (const { name } of records) {
    if (normalizeName(name) !== name) throw unusual(name);
  }
}

function unusual(name: string): StowError {
  return new StowError({
    code: 'bad-pack',
    message: `a segment of the pack holds the name ${JSON.stringify(name.slice(0, 120))}, which is not in the form that names have`,
    hint: 'it was not written by this program; `stowmarket get KEY -o -` shows its bytes',
    exitCode: ExitCode.integrity,
  });
}

function ended(): StowError {
  return new StowError({
    code: 'bad-pack',
    message: 'a segment of the pack ends before its last file',
    hint: 'try again',
    exitCode: ExitCode.integrity,
  });
}
