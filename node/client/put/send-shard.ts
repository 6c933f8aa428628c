import { isStowError, messageOf, StowError } from '../../core/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { UNIT_BYTES } from '../../core/units.ts';
import type { ShardStream } from '../../pipeline/encode/object-encoder.ts';
import type { ShardUploader } from './control-plane.ts';
import type { ReservedShard } from './reserve.ts';
import { ShardBody } from './shard-body.ts';

/**
 * Waits before a broken upload is gone on with. Together they are longer than the 30 s in which a provider notices that the connection
 * before is dead; from then on it takes another. So many breaks in a row that bring nothing end it, too.
 */
const RETRY_DELAYS_MS = [500, 1_000, 2_000, 4_000, 8_000, 16_000];
/** Breaks of one shard's upload after which its provider's line is not worth more, whatever each brought. */
export const MAX_BREAKS = 20;
/**
 * Memory for bytes that can be sent again, of all shards of a pass: what kernels and HTTP/2 have on the way on a common line. Half of it will do where
 * another reading of the source gives them, too.
 */
const TAILS_BYTES = 16 * 1_048_576;
/** Of one shard: more is on the way nowhere, as kernels buffer less. */
const MAX_TAIL_BYTES = 8 * 1_048_576;
/** Less than the pieces that the encoder gives would be no tail. */
const MIN_TAIL_BYTES = 16 * UNIT_BYTES;

/** A shard to send, and where to. */
export interface UploadTarget extends Pick<ReservedShard, 'shardIndex' | 'provider' | 'reservation'> {
  /** Units in upload order that the provider has already. */
  from?: number | undefined;
}

export interface SendInit {
  signal: AbortSignal;
  clock: Pick<Clock, 'sleep'>;
  tailBytes: number;
  /** Told of each break that is to be got over. */
  onBreak: (shardIndex: number, reason: unknown) => void;
}

/** How much of each of so many shards is kept to be sent again. */
export function tailBytesOf(targets: number, { isReadOnce }: { isReadOnce: boolean }): number {
  const all = isReadOnce ? TAILS_BYTES : TAILS_BYTES / 2;
  const share = Math.floor(all / Math.max(1, targets) / UNIT_BYTES) * UNIT_BYTES;
  return Math.min(MAX_TAIL_BYTES, Math.max(MIN_TAIL_BYTES, share));
}

/**
 * Sends one shard. When the connection breaks in the middle, it asks the provider how much came, and goes on from there.
 * @throws what the provider or the line failed with for good; `upload-broken` when more is missing there than can be sent again, so that
 *   only another reading of the source can go on
 */
export async function sendShard(
  uploader: ShardUploader,
  target: UploadTarget,
  stream: ShardStream,
  init: SendInit,
): Promise<{ root: Uint8Array; units: number }> {
  const { signal } = init;
  const body = new ShardBody(stream, { from: target.from ?? 0, tailBytes: init.tailBytes });
  let from = target.from ?? 0;
  for (let breaks = 1; ; breaks++) {
    let isSending = false;
    async function* sending(): AsyncGenerator<Uint8Array> {
      for await (const chunk of body.from(from)) {
        yield chunk;
        isSending = true;
      }
    }
    try {
      return await uploader.putShard(target.provider, target.reservation, sending(), { from, signal });
    } catch (error) {
      signal.throwIfAborted();
      if (body.failure !== undefined) throw body.failure.error;
      // Who did not take the first byte may as well be replaced at once: nothing is lost with it.
      const isBreak = isStowError(error) && error.retryable && (isSending || from > 0);
      if (!isBreak || breaks > MAX_BREAKS) throw error;
      init.onBreak(target.shardIndex, error);
      const state = await askUntilAnswered(uploader, target, init, error);
      if (state.root !== undefined) return { root: state.root, units: state.units };
      if (!body.canSendFrom(state.units)) throw broken(target, state.units, error);
      if (state.units <= from && breaks >= RETRY_DELAYS_MS.length) throw error;
      from = state.units;
    }
  }
}

async function askUntilAnswered(
  uploader: ShardUploader,
  { provider, reservation }: UploadTarget,
  { signal, clock }: SendInit,
  why: unknown,
): Promise<{ units: number; root?: Uint8Array | undefined }> {
  for (const delayMs of RETRY_DELAYS_MS) {
    await clock.sleep(delayMs, { signal });
    try {
      return await uploader.uploadState(provider, reservation, { signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!isStowError(error) || !error.retryable) throw error;
    }
  }
  throw why;
}

function broken({ shardIndex, provider }: UploadTarget, units: number, cause: unknown): StowError {
  return new StowError({
    code: 'upload-broken',
    message: `the connection to provider ${provider.id} broke in shard ${shardIndex} after ${units} units: ${messageOf(cause)}`,
    hint: 'another reading of the source goes on from there',
    retryable: true,
    cause,
  });
}
