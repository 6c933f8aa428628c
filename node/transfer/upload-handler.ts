import type { ServerHttp2Stream } from 'node:http2';
import type { PeerId } from '@libp2p/interface';

import { ExitCode, messageOf, StowError } from '../core/errors.ts';
import { UNIT_BYTES } from '../core/units.ts';
import type { UploadResult } from './bulk-protocol.ts';
import { UPLOAD_BLOCK_BYTES } from './limits.ts';
import { ProgressGuard } from './progress-guard.ts';
import { UnitBlocks } from './unit-blocks.ts';

/** Where uploaded shards go. */
export interface ShardIntake {
  /** Claims a reservation for one upload. @throws StowError when it is unknown, expired, another peer's, or in use */
  open(reservationId: string, remotePeer: PeerId): Promise<ShardSink>;
}

export interface ShardSink {
  /** What the reservation has room for; a longer body is refused. */
  readonly maxBytes: number;
  /**
   * Takes whole units in upload order: 1, 2, …, n − 1, then 0. The next block is read once this resolves. `units` is memory of
   * its own, at most 1 MiB, and may be kept or transferred.
   */
  write(units: Uint8Array): Promise<void>;
  /** The body is complete. Resolves once the shard is on disk. */
  finish(): Promise<UploadResult>;
  /** The upload failed; nothing more follows. Must not throw. */
  abort(reason: unknown): Promise<void>;
}

/**
 * Streams the body of one upload into the intake.
 * @throws StowError of the intake, `transfer-too-long`, `transfer-partial-unit`, `transfer-empty`, `transfer-stalled`
 */
export async function receiveShard(
  stream: ServerHttp2Stream,
  intake: ShardIntake,
  upload: { reservationId: string; remotePeer: PeerId; contentLength: number | undefined },
): Promise<UploadResult> {
  const sink = await intake.open(upload.reservationId, upload.remotePeer);
  try {
    if (upload.contentLength !== undefined && upload.contentLength > sink.maxBytes) throw tooLong(sink.maxBytes);
    await copyBody(stream, sink);
    return await sink.finish();
  } catch (error) {
    await sink.abort(error);
    throw error;
  }
}

async function copyBody(stream: ServerHttp2Stream, sink: ShardSink): Promise<void> {
  const blocks = new UnitBlocks(Math.min(UPLOAD_BLOCK_BYTES, Math.max(sink.maxBytes, UNIT_BYTES)));
  let received = 0;
  let stalled = false;
  const guard = new ProgressGuard({
    onStall: () => {
      stalled = true;
      stream.destroy(new Error('too slow'));
    },
  });
  const write = async (units: Uint8Array): Promise<void> => {
    guard.pause();
    await sink.write(units);
    guard.resume();
  };
  try {
    // The stream must survive an early end of the loop: the answer still goes out on it.
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      received += chunk.byteLength;
      guard.add(chunk.byteLength);
      if (received > sink.maxBytes) throw tooLong(sink.maxBytes);
      for (const block of blocks.push(chunk)) await write(block);
    }
    if (stream.aborted) throw new Error('the peer hung up');
    if (blocks.strayBytes > 0 || received === 0) throw notWhole(received);
    const rest = blocks.flush();
    if (rest !== undefined) await write(rest);
  } catch (error) {
    throw stalled ? tooSlow(error) : error;
  } finally {
    guard.stop();
  }
}

function tooLong(maxBytes: number): StowError {
  return new StowError({
    code: 'transfer-too-long',
    message: `the shard is longer than the ${maxBytes} bytes reserved for it`,
    hint: 'reserve as many units as the shard has, the header unit included',
    exitCode: ExitCode.usage,
  });
}

function notWhole(received: number): StowError {
  return new StowError({
    code: received === 0 ? 'transfer-empty' : 'transfer-partial-unit',
    message: `the upload has ${received} bytes, not a positive number of whole units of ${UNIT_BYTES}`,
    hint: 'send every unit whole, the header unit last',
    exitCode: ExitCode.usage,
  });
}

function tooSlow(cause: unknown): StowError {
  return new StowError({
    code: 'transfer-stalled',
    message: `the upload stopped moving: ${messageOf(cause)}`,
    hint: 'try again on a better connection',
    retryable: true,
    cause,
  });
}
