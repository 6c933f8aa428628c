import { ExitCode, isStowError, messageOf, StowError } from '../../core/errors.ts';
import { noProgress } from '../progress.ts';
import { planShards, quoteShards, requireAffordable } from './plan.ts';
import { PutJob } from './put-job.ts';
import type { PutComponents, PutInit, PutResult } from './put-types.ts';
import { lookAtMarket } from './quote-put.ts';
import { Reservations } from './reserve.ts';
import type { PutSource } from './source.ts';

/**
 * Stores a source: reserves room, sends the shards, collects the providers' signatures, and forms all agreements in one
 * transaction. Nothing is paid before that transaction, and on any failure before it all room is given back.
 * @throws StowError `too-few-providers`, `escrow-short`, `gas-funds`, `quote-above-limit`, `source-*`, `upload-failed`,
 *   `form-unknown`, those of the chain; `interrupted` when the signal aborts
 */
export async function putObject(components: PutComponents, source: PutSource, init: PutInit): Promise<PutResult> {
  const { signal, onProgress = noProgress } = init;
  onProgress({ phase: 'plan' });
  const { market, request } = await lookAtMarket(components, { ...init, maxBytes: source.maxBytes }, { signal });
  requireAffordable(quoteShards(market, request, planShards(market, request)), request, market.balances);
  const reservations = new Reservations({ control: components.control, market }, request);
  try {
    return await new PutJob(components, { source, init, market, request, reservations, onProgress }).run();
  } catch (error) {
    const released = await reservations.releaseAll();
    throw signal.aborted && !isStowError(error, 'form-unknown') ? stoppedUnpaid(signal.reason, released) : error;
  }
}

function stoppedUnpaid(reason: unknown, released: number): StowError {
  const room =
    released === 0 ? 'no provider keeps room for it' : `${released} providers were told to keep no room for it`;
  return new StowError({
    code: 'interrupted',
    message: `${messageOf(reason)}: the object was not stored, nothing was paid, and ${room}`,
    hint: 'run the same command again to store it',
    exitCode: ExitCode.interrupted,
    cause: reason,
  });
}
