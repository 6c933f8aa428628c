import { assert } from '../../core/assert.ts';
import { StowError, ExitCode } from '../../core/errors.ts';
import { CELL_BYTES, FRAME_BYTES } from '../../core/units.ts';
import { deriveFrameKey } from '../encrypt/frame-key.ts';
import { FrameReader } from '../encrypt/frames.ts';
import { checkCodeShape } from '../erasure/code.ts';
import type { HeaderFields } from '../header/header-unit.ts';
import { cipherRangeOf, layoutOf, type Layout } from '../layout.ts';
import { RacedReads } from './raced-reads.ts';
import { ReaderSet, type ReaderSource, type ShardReader } from './reader-set.ts';
import { StripeAssembler } from './stripe-assembler.ts';
import { fetchWindow, releaseWindow, type FetchedWindow } from './window-fetcher.ts';
import { stripeNeed, stripesOf, type Span, type StripeNeed } from './window-plan.ts';

/** Data bytes that one round of requests asks for: enough that a round trip is small against the transfer. */
const WINDOW_BYTES = 8 * 1_048_576;
/** Windows being fetched while one is deciphered. With WINDOW_BYTES, the bound on a reader's memory. */
const WINDOWS_AHEAD = 2;

export interface DecodeInit {
  header: Omit<HeaderFields, 'index'>;
  /** The object secret from its envelope. */
  secret: Uint8Array;
  /** k readers of distinct shards, or more, those first that are preferred. Data shards (index < k) cost no decoding. */
  readers: readonly ShardReader[];
  /** For readers that fail, or are late. */
  source?: ReaderSource | undefined;
  /** Plaintext bytes [from, to); the whole object when absent. Only the frames and stripes that it touches are read. */
  range?: Span | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * The plaintext of an object, or a range of it, in pieces: nothing is given back before its frame's tag was checked.
 * Throws `too-few-shards`, `frame-forged`, `bad-range`. Memory is a few windows of 8 MiB, whatever the size.
 */
export async function* decodeObject(init: DecodeInit): AsyncGenerator<Uint8Array, void, undefined> {
  const { header } = init;
  checkCodeShape(header);
  const layout = layoutOf(header.plainBytes, header.k);
  const range = init.range ?? { from: 0, to: header.plainBytes };
  checkRange(range, header.plainBytes);
  const reads = new RacedReads(new ReaderSet(header, init.readers, init.source));
  const assembler = new StripeAssembler(header);
  if (range.from === range.to && header.plainBytes > 0) return;
  const pass: Pass = { init, layout, reads, assembler, position: range.from, to: range.to };
  while ((yield* decodePass(pass)) === 'replaced');
}

interface Pass {
  init: DecodeInit;
  layout: Layout;
  reads: RacedReads;
  assembler: StripeAssembler;
  /** Next plaintext byte to give back. Moves on. */
  position: number;
  to: number;
}

/**
 * One run with one frame key. With k > 1 it is the only one; with k = 1 a replaced reader brings another ciphertext, and
 * the run ends with 'replaced' where it stands, to be taken up at the start of the frame.
 */
async function* decodePass(pass: Pass): AsyncGenerator<Uint8Array, 'finished' | 'replaced', undefined> {
  const { init, layout, to } = pass;
  const { k } = init.header;
  const cipher = cipherRangeOf(layout, pass.position, to);
  let reader: ShardReader | undefined;
  let frames: FrameReader | undefined;
  let at = cipher.frame * FRAME_BYTES;
  for await (const window of fetchAhead(pass, cipher)) {
    const [first] = window.readers;
    if (k === 1 && frames !== undefined && first !== reader) return 'replaced';
    reader = first;
    frames ??= openFrames(init, first, cipher.frame);
    for (const piece of pass.assembler.pieces(window)) {
      for (const plain of frames.push(piece)) {
        const part = plain.subarray(Math.max(0, pass.position - at), Math.max(0, to - at));
        at += plain.byteLength;
        pass.position += part.byteLength;
        // Nobody here looks at it again: whoever takes it may free it.
        if (part.byteLength > 0) yield part;
      }
    }
  }
  assert(frames !== undefined, 'every object has a frame');
  if (cipher.to === layout.cipherBytes) frames.end();
  return 'finished';
}

function openFrames({ header, secret }: DecodeInit, reader: ShardReader | undefined, firstFrame: number): FrameReader {
  const { objectKey, plainBytes, k } = header;
  const key = deriveFrameKey(secret, objectKey, k === 1 ? reader?.index : undefined);
  return new FrameReader({ key, objectKey, plainBytes, firstFrame });
}

/** Fetches windows in order, a bounded number of them at once. */
async function* fetchAhead(pass: Pass, cipher: Span): AsyncGenerator<FetchedWindow, void, undefined> {
  const stop = new AbortController();
  const outer = pass.init.signal;
  const signal = outer === undefined ? stop.signal : AbortSignal.any([outer, stop.signal]);
  const windows = planWindows(pass.layout, cipher);
  const pending: Promise<FetchedWindow>[] = [];
  const fetchNext = (): void => {
    const { done, value } = windows.next();
    if (done === true) return;
    const fetched = fetchWindow(pass.layout, value, pass.reads, signal);
    // It is awaited in its turn; until then, and when an earlier one fails, its rejection has no other listener.
    fetched.catch(() => undefined);
    pending.push(fetched);
  };
  try {
    for (let i = 0; i < WINDOWS_AHEAD; i++) fetchNext();
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      const window = await next;
      fetchNext();
      yield window;
      releaseWindow(window);
    }
  } finally {
    stop.abort(new DOMException('the read has ended', 'AbortError'));
  }
}

function* planWindows(layout: Layout, cipher: Span): Generator<StripeNeed[], void, undefined> {
  const stripes = stripesOf(layout, cipher);
  const perWindow = Math.max(1, Math.floor(WINDOW_BYTES / (layout.k * CELL_BYTES)));
  for (let first = stripes.from; first < stripes.to; first += perWindow) {
    const count = Math.min(perWindow, stripes.to - first);
    yield Array.from({ length: count }, (_, i) => stripeNeed(layout, first + i, cipher));
  }
}

function checkRange({ from, to }: Span, plainBytes: number): void {
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from <= to && to <= plainBytes) return;
  throw new StowError({
    code: 'bad-range',
    message: `bytes ${from} to ${to} do not lie within an object of ${plainBytes} bytes`,
    hint: 'ask for a range with 0 <= from <= to <= its size',
    exitCode: ExitCode.usage,
  });
}
