import type { ServerHttp2Stream } from 'node:http2';
import type { PeerId } from '@libp2p/interface';

import { ExitCode, isStowError, messageOf, StowError } from '../core/errors.ts';
import { UNIT_BYTES } from '../core/units.ts';
import type { UploadResult, UploadState } from './bulk-protocol.ts';
import { UPLOAD_BLOCK_BYTES } from './limits.ts';
import { ProgressGuard, type ProgressLimits } from './progress-guard.ts';
import { UnitBlocks } from './unit-blocks.ts';

/** Where uploaded shards go. */
export interface ShardIntake {
  /**
   * Claims a reservation for one upload.
   * @param from units in upload order that came before; 0 to begin anew
   * @throws StowError when it is unknown, expired, another peer's, or in use; `upload-wrong-offset` when other units came before
   */
  open(reservationId: string, remotePeer: PeerId, from: number): Promise<ShardSink>;
  /** How far an upload is. @throws StowError when the reservation is unknown, another peer's, or in use */
  state(reservationId: string, remotePeer: PeerId): Promise<UploadState>;
}

export interface ShardSink {
  /** What the reservation has room for yet; a longer body is refused. */
  readonly maxBytes: number;
  /**
   * Takes whole units in upload order: 1, 2, …, n − 1, then 0, at most 1 MiB at once, from the unit on that the upload stands at.
   * The memory is used again once this resolves.
   */
  write(units: Uint8Array): Promise<void>;
  /** The body is complete. Resolves once the shard is on disk. */
  finish(): Promise<UploadResult>;
  /**
   * The upload broke off; nothing more follows. Must not throw.
   * @param options.keep whether what came may be gone on with: the bytes are not at fault
   */
  abort(reason: unknown, options: { keep: boolean }): Promise<void>;
}

/** What is sent against the rules is not kept. */
const BODY_FAULTS = new Set(['transfer-too-long', 'transfer-partial-unit']);

/**
 * Streams the body of one upload into the intake.
 * @throws StowError of the intake, `transfer-too-long`, `transfer-partial-unit`, `transfer-empty`, `transfer-stalled`
 */
export async function receiveShard(
  stream: ServerHttp2Stream,
  intake: ShardIntake,
  upload: {
    reservationId: string;
    from: number;
    remotePeer: PeerId;
    contentLength: number | undefined;
    progress: ProgressLimits;
  },
): Promise<UploadResult> {
  const sink = await intake.open(upload.reservationId, upload.remotePeer, upload.from);
  try {
    if (upload.contentLength !== undefined && upload.contentLength > sink.maxBytes) throw tooLong(sink.maxBytes);
    await copyBody(stream, sink, upload.progress);
  } catch (error) {
    await sink.abort(error, { keep: !(isStowError(error) && BODY_FAULTS.has(error.code)) });
    throw error;
  }
  try {
    return await sink.finish();
  } catch (error) {
    await sink.abort(error, { keep: false });
    throw error;
  }
}

async function copyBody(stream: ServerHttp2Stream, sink: ShardSink, progress: ProgressLimits): Promise<void> {
  let received = 0;
  let stalled = false;
  const guard = new ProgressGuard({
    ...progress,
    onStall: () => {
      stalled = true;
      stream.destroy(new Error('too slow'));
    },
  });
  const blocks = new UnitBlocks({
    stream,
    blockBytes: Math.min(UPLOAD_BLOCK_BYTES, Math.max(sink.maxBytes, UNIT_BYTES)),
    memory: 'reused',
    onChunk: (byteLength) => {
      received += byteLength;
      guard.add(byteLength);
      if (received > sink.maxBytes) throw tooLong(sink.maxBytes);
    },
  });
  try {
    for (let units = await blocks.next(); units !== undefined; units = await blocks.next()) {
      guard.pause();
      await sink.write(units);
      guard.resume();
    }
    if (stream.aborted) throw new Error('the peer hung up');
    if (blocks.strayBytes > 0 || received === 0) throw notWhole(received);
  } catch (error) {
    throw stalled ? tooSlow(error) : error;
  } finally {
    blocks.close();
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
