import { once } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import type { PeerId } from '@libp2p/interface';

import { toHex } from '../core/bytes.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import { DIGEST_BYTES, UNIT_BYTES } from '../core/units.ts';
import type { Reader } from './payments.ts';
import { ProgressGuard, type ProgressLimits } from './progress-guard.ts';

/** Where served shards come from. */
export interface ShardSource {
  /** Units of a held shard, or undefined when it is not held. */
  units(root: Uint8Array): Promise<number | undefined>;
  /**
   * Bytes of units `from` to `from + count - 1` in order, in chunks of any size. A chunk's memory may be used again once the next is
   * asked for.
   */
  readUnits(root: Uint8Array, from: number, count: number): AsyncIterable<Uint8Array>;
  /** Roots of all units in order, 32 bytes each. */
  unitRoots(root: Uint8Array): Promise<Uint8Array>;
}

export interface ReadRequest {
  root: Uint8Array;
  /** First unit and number of units; both 0 for the unit roots. */
  from: number;
  count: number;
  /** The `authorization` header as it came, or undefined. */
  ticket: string | undefined;
  remotePeer: PeerId;
}

/** Resolves when the read is allowed, to who reads. @throws StowError otherwise; it reaches the reader with status 403 */
export type Authorize = (request: ReadRequest) => Promise<Reader>;

/** A range that is held, before its first byte is read. */
export interface OpenRead {
  /** Length of the answer. */
  readonly byteLength: number;
  readonly content: () => AsyncIterable<Uint8Array>;
}

/**
 * Checks that the range is held.
 * @returns length in bytes of the answer and its content
 * @throws StowError `transfer-not-held`, `transfer-out-of-range`
 */
export async function openRead(
  source: ShardSource,
  read: { root: Uint8Array; from: number; count: number },
): Promise<OpenRead> {
  const units = await source.units(read.root);
  if (units === undefined) throw notHeld(read.root);
  if (read.count === 0) {
    const content = async function* (): AsyncIterable<Uint8Array> {
      yield await source.unitRoots(read.root);
    };
    return { byteLength: units * DIGEST_BYTES, content };
  }
  if (read.from + read.count > units) throw outOfRange(read.root, units, read);
  return {
    byteLength: read.count * UNIT_BYTES,
    content: () => source.readUnits(read.root, read.from, read.count),
  };
}

/** Tells when the reader is gone: the signal's reason is an error. Before the answer has begun, too, so that nobody is waited for in vain. */
export function goneSignal(stream: ServerHttp2Stream): AbortSignal {
  const gone = new AbortController();
  const onClose = (): void => gone.abort(new Error('the reader hung up'));
  if (stream.destroyed || stream.closed) onClose();
  else stream.once('close', onClose);
  return gone.signal;
}

/**
 * Writes content to a stream as fast as the peer takes it. Ends the stream. Rejects when the peer stalls or hangs up.
 * @param gone of `goneSignal`
 */
export async function sendContent(
  stream: ServerHttp2Stream,
  content: AsyncIterable<Uint8Array>,
  gone: AbortSignal,
  progress: ProgressLimits,
): Promise<void> {
  const guard = new ProgressGuard({ ...progress, onStall: () => stream.destroy(new Error('the reader is too slow')) });
  try {
    guard.pause();
    for await (const chunk of content) {
      gone.throwIfAborted();
      guard.resume();
      await writeChunk(stream, chunk, gone);
      guard.add(chunk.byteLength);
      guard.pause();
    }
    guard.resume();
    stream.end();
    if (!stream.writableFinished) await once(stream, 'finish', { signal: gone });
  } finally {
    guard.stop();
  }
}

/** Resolves once the chunk is out of our hands. */
async function writeChunk(stream: ServerHttp2Stream, chunk: Uint8Array, closed: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onClose = (): void => reject(closed.reason);
  closed.addEventListener('abort', onClose, { once: true });
  try {
    stream.write(chunk, (error) => (error instanceof Error ? reject(error) : resolve()));
    await promise;
  } finally {
    closed.removeEventListener('abort', onClose);
  }
}

function notHeld(root: Uint8Array): StowError {
  return new StowError({
    code: 'transfer-not-held',
    message: `shard ${toHex(root)} is not held here`,
    hint: 'read it from another holder',
    exitCode: ExitCode.notFound,
  });
}

function outOfRange(root: Uint8Array, units: number, { from, count }: { from: number; count: number }): StowError {
  return new StowError({
    code: 'transfer-out-of-range',
    message: `shard ${toHex(root)} has ${units} units; ${count} from unit ${from} on were asked for`,
    hint: 'ask for units that the agreement names',
    exitCode: ExitCode.usage,
  });
}
