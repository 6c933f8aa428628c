import { to0x } from '../../core/bytes.ts';
import { ExitCode, isStowError, messageOf, StowError } from '../../core/errors.ts';
import { quote } from '../../market/quote.ts';
import { MAX_SHARDS } from '../../pipeline/erasure/code.ts';
import type { EnvelopeContent } from '../../pipeline/header/envelope.ts';
import { noProgress } from '../progress.ts';
import { AgreementDrafts } from './agree.ts';
import { formedIds } from './form.ts';
import { OUTCOME_UNKNOWN } from './form-object.ts';
import { MAX_SPARES, planShards, quoteShards, requireAffordable, type PlanMarket, type PlanRequest } from './plan.ts';
import { PutJob } from './put-job.ts';
import type { PutComponents, PutInit, PutResult } from './put-types.ts';
import { lookAtMarket } from './quote-put.ts';
import { Reservations } from './reserve.ts';
import type { PutSource } from './source.ts';
import { beginPut, forgetSame, openContent } from './unfinished/begin-put.ts';
import type { PutRecord } from './unfinished/put-record.ts';
import type { PutJournal } from './unfinished/unfinished-puts.ts';

/** What may be otherwise in a moment, with all that was done still good: the put is kept to be gone on with. */
const TO_BE_GONE_ON_WITH = new Set([...OUTCOME_UNKNOWN, 'agreements-expired', 'chain-behind', 'provider-chain-behind']);

/**
 * Stores a source: reserves room, sends the shards, collects the providers' signatures, and forms all agreements in one
 * transaction. Nothing is paid before that transaction. What was done is on disk at each step, so that `init.resume` goes on after a crash
 * or ctrl-C; on any other failure all room is given back.
 * @throws StowError `too-few-providers`, `escrow-short`, `gas-funds`, `quote-above-limit`, `source-*`, `upload-failed`,
 *   `form-unknown`, `put-in-progress`, those of the chain; `interrupted` when the signal aborts
 */
export async function putObject(components: PutComponents, source: PutSource, init: PutInit): Promise<PutResult> {
  const { onProgress = noProgress } = init;
  onProgress({ phase: 'plan' });
  await components.unfinished.clean();
  const result =
    init.resume === undefined
      ? await putAnew(components, source, init)
      : await goOn(components, source, init, init.resume);
  await forgetSame(components.unfinished, source, { name: result.name, path: init.path });
  return result;
}

async function putAnew(components: PutComponents, source: PutSource, init: PutInit): Promise<PutResult> {
  const { signal } = init;
  // GF(2^8) has room for no more.
  const spares = Math.min(init.spares ?? 0, MAX_SPARES, MAX_SHARDS - init.n);
  const { objectKey: given, ...terms } = init;
  const wanted = { ...terms, maxBytes: source.maxBytes };
  const stored = given === undefined ? {} : { objectKey: given };
  const { market, request } = await lookAtMarket(components, wanted, { signal, spares }, stored);
  requireAffordable(quoteShards(market, request, planShards(market, request)), request, market.balances);
  const { objectKey, k, n, periods, units } = request;
  const { name, path } = init;
  const beginning = { objectKey, name, k, n, spares, periods, units, path };
  const { journal, content } = await beginPut(components.unfinished, components.owner, source, beginning);
  return carryOut(components, { source, init: { ...init, spares }, market, request, content, journal });
}

async function goOn(components: PutComponents, source: PutSource, init: PutInit, past: PutRecord): Promise<PutResult> {
  const { signal } = init;
  const journal = await components.unfinished.reopen(past.objectKey);
  try {
    const { record } = journal;
    const { objectKey, name, k, n, spares, periods, units } = record;
    const found = await alreadyFormed(components, journal, signal);
    if (found !== undefined) {
      await journal.end();
      return found;
    }
    const content = await openContent(components.owner, journal, source);
    const { maxBytes } = record.source;
    const terms = { ...init, name, k, n, periods, spares };
    const { market, request } = await lookAtMarket(
      components,
      { ...terms, maxBytes },
      { signal, spares },
      { objectKey, units },
    );
    await dropLapsed(journal, market.time);
    return await carryOut(components, { source, init: terms, market, request, content, journal });
  } finally {
    await journal.close();
  }
}

interface Carried {
  source: PutSource;
  init: PutInit;
  market: PlanMarket;
  request: PlanRequest;
  content: EnvelopeContent;
  journal: PutJournal;
}

async function carryOut(components: PutComponents, carried: Carried): Promise<PutResult> {
  const { source, init, market, request, content, journal } = carried;
  const { signal, onProgress = noProgress } = init;
  const reservations = new Reservations({ control: components.control, market }, request, {
    shards: [],
    takenOperators: [],
    roots: new Map(journal.record.shards?.roots.flatMap((root, index) => (root === null ? [] : [[index, to0x(root)]]))),
  });
  const { firstNonce, deadline } = journal.record;
  const drafts = new AgreementDrafts({
    client: components.owner.address,
    objectKey: request.objectKey,
    periods: request.periods,
    terms: market.terms,
    past: firstNonce === undefined || deadline === undefined ? undefined : { firstNonce, deadline },
  });
  try {
    const job = { source, init, market, request, reservations, content, journal, drafts, onProgress };
    const result = await new PutJob(components, job).run();
    await journal.end();
    return result;
  } catch (error) {
    if (signal.aborted && !isStowError(error, 'form-unknown'))
      throw stoppedUnpaid(signal.reason, reservations.held.size);
    if (isStowError(error) && TO_BE_GONE_ON_WITH.has(error.code)) throw error;
    await reservations.releaseAll();
    await journal.end();
    throw error;
  } finally {
    await journal.close();
  }
}

/** What the transaction of an earlier process came to, where it went out. The chain is asked before anything is done again. */
async function alreadyFormed(
  { holders, catalogue, market, clock }: PutComponents,
  { record }: PutJournal,
  signal: AbortSignal,
): Promise<PutResult | undefined> {
  const { objectKey, name, kind, k, n, envelope, signed } = record;
  if (signed.length < n || envelope === undefined) return undefined;
  const agreements = signed.map(({ agreement }) => agreement).toSorted((a, b) => a.shardIndex - b.shardIndex);
  const ids = await formedIds(holders, objectKey, agreements, { signal });
  if (ids === undefined) return undefined;
  const { plainBytes } = envelope;
  const storedAt = Math.floor(clock.nowMs() / 1_000);
  catalogue.put({ objectKey, name, kind, plainBytes, k, n, storedAt, state: 'stored' });
  const quoted = quote({ shards: agreements, ...market.terms });
  return { objectKey, name, plainBytes, quote: quoted, formed: { ids }, agreements, replaced: [] };
}

/** Signatures that can be formed no more are asked for anew, under another deadline and other nonces. */
async function dropLapsed(journal: PutJournal, time: number): Promise<void> {
  const { deadline } = journal.record;
  if (deadline === undefined || time <= deadline) return;
  await journal.save({ signed: [], deadline: undefined, firstNonce: undefined });
}

function stoppedUnpaid(reason: unknown, held: number): StowError {
  const room =
    held === 0
      ? 'no provider keeps anything of it'
      : `${held} providers keep what they have of it for 15 minutes, and room for the rest`;
  return new StowError({
    code: 'interrupted',
    message: `${messageOf(reason)}: the object is not stored yet, nothing was paid, and ${room}`,
    hint: 'run the same command with --resume to go on; without it, it begins anew',
    exitCode: ExitCode.interrupted,
    cause: reason,
  });
}
