import { messageOf, StowError } from '../../core/errors.ts';
import { UNIT_BYTES } from '../../core/units.ts';
import { quote } from '../../market/quote.ts';
import type { EnvelopeContent } from '../../pipeline/header/envelope.ts';
import type { ProgressListener } from '../progress.ts';
import { collectSignatures, type AgreementDrafts, type SignedAgreement } from './agree.ts';
import { Arrivals } from './arrivals.ts';
import { countBytes } from './count-bytes.ts';
import { formObject } from './form-object.ts';
import { PassWitness, witnessKey } from './pass-witness.ts';
import { indices, quoteShards, requireAffordable, type PlanMarket, type PlanRequest } from './plan.ts';
import { worstOf } from './put-cost.ts';
import type { PutComponents, PutInit, PutResult } from './put-types.ts';
import type { Reservations } from './reserve.ts';
import { MAX_BREAKS } from './send-shard.ts';
import type { PutSource } from './source.ts';
import type { PutJournal } from './unfinished/unfinished-puts.ts';
import { uploadPass } from './upload.ts';

/** Readings of the source: the first, and two more for shards whose providers failed. Beyond that, the network is at fault. */
const MAX_PASSES = 3;
export interface PutJobInit {
  source: PutSource;
  init: PutInit;
  market: PlanMarket;
  request: PlanRequest;
  reservations: Reservations;
  /** What the headers say, the object's secret among it. */
  content: EnvelopeContent;
  journal: PutJournal;
  onProgress: ProgressListener;
}

/** One put from reservations to agreements, provider failures included. What an earlier process did of it is not done again. */
export class PutJob {
  readonly #components: PutComponents;
  readonly #job: PutJobInit;
  readonly #witness: PassWitness;
  readonly #drafts: AgreementDrafts;
  readonly #arrivals: Arrivals;
  readonly #signed = new Map<number, SignedAgreement>();
  readonly #breaks = new Map<number, number>();

  constructor(components: PutComponents, job: PutJobInit & { drafts: AgreementDrafts }) {
    this.#components = components;
    this.#job = job;
    this.#drafts = job.drafts;
    const { reservations, journal, init } = job;
    this.#arrivals = new Arrivals(components, {
      reservations,
      journal,
      signal: init.signal,
      giveUp: (index, reason) => this.#giveUp(index, reason),
    });
    this.#witness = new PassWitness(job.source.label, {
      log: job.journal.frames,
      key: witnessKey(job.content.secret, job.request.objectKey),
    });
  }

  async run(): Promise<PutResult> {
    await this.#takeUp();
    for (let replacing = 1; ;) {
      await this.#reserve();
      const broke = await this.#send();
      if (this.#arrivals.stored.size >= this.#job.request.n) await this.#sign();
      if (this.#missing(this.#signed) === 0) return this.#finish();
      this.#requireAnotherPass(replacing);
      if (!broke) replacing++;
    }
  }

  #missing(have: ReadonlyMap<number, unknown>): number {
    return Math.max(0, this.#job.request.n - have.size);
  }

  /** What providers keep from an earlier process, and what they signed. */
  async #takeUp(): Promise<void> {
    const { journal, onProgress, request } = this.#job;
    if (journal.record.places.length === 0) return;
    onProgress({ phase: 'reserve' });
    const whole = await this.#arrivals.takeUp();
    for (const one of journal.record.signed) {
      if (this.#arrivals.stored.has(one.agreement.shardIndex)) this.#signed.set(one.agreement.shardIndex, one);
    }
    const parts = this.#arrivals.arrived.size;
    onProgress({
      phase: 'upload',
      note: `goes on: ${whole} of ${request.n} shards are stored, and parts of ${parts} more`,
    });
  }

  /** Finds places for the shards that are needed yet; at first also for spares. */
  async #reserve(): Promise<void> {
    const { init, request, reservations, market, onProgress, journal } = this.#job;
    onProgress({ phase: 'reserve' });
    const { n } = request;
    const free = indices(n + (init.spares ?? 0)).filter((index) => !reservations.held.has(index));
    const isFirst = reservations.held.size === 0 && this.#arrivals.stored.size === 0;
    reservations.want(free.slice(0, Math.max(0, n - reservations.held.size)));
    await reservations.reserveMissing({ signal: init.signal });
    // Providers that refused were replaced by dearer ones.
    requireAffordable(
      quoteShards(market, request, worstOf(reservations.placements(), request, market)),
      request,
      market.balances,
    );
    if (isFirst) await this.#reserveSpares(free.slice(n));
    await journal.save({
      places: [...reservations.held.values()].map(({ shardIndex, provider, option }) => ({
        shardIndex,
        provider: provider.id,
        askId: option.askId,
      })),
    });
  }

  /** A spare that would break the limit, were it among those that are kept, is no spare. */
  async #reserveSpares(spares: readonly number[]): Promise<void> {
    const { init, request, reservations, market } = this.#job;
    for (const index of await reservations.reserveSpares(spares, { signal: init.signal })) {
      try {
        const worst = worstOf(reservations.placements(), request, market);
        requireAffordable(quoteShards(market, request, worst), request, market.balances);
      } catch (error) {
        this.#components.logger.debug({ shard: index, err: error }, 'a spare is too dear');
        reservations.giveUp(index);
      }
    }
  }

  /** One reading of the source. @returns whether only connections broke, so that nobody is to be replaced */
  async #send(): Promise<boolean> {
    const { request, reservations, init, journal } = this.#job;
    const { objectKey, k, n } = request;
    const held = [...reservations.held.values()];
    const targets = held
      .filter(({ shardIndex }) => !this.#arrivals.stored.has(shardIndex) && !this.#arrivals.claimed.has(shardIndex))
      .map((shard) => ({ ...shard, from: this.#arrivals.arrived.get(shard.shardIndex) }));
    const wanted = n - this.#arrivals.stored.size - this.#arrivals.claimed.size;
    if (wanted <= 0 && this.#arrivals.claimed.size === 0) return false;
    const outcome = await uploadPass(this.#components.uploader, this.#reading(targets.map(({ from = 0 }) => from)), {
      targets: wanted > 0 ? targets : [],
      verify: [...this.#arrivals.claimed.keys()],
      wanted: Math.min(wanted, targets.length),
      encode: {
        objectKey,
        k,
        n,
        shards: n + (init.spares ?? 0),
        owner: this.#components.owner.publicKey,
        content: this.#job.content,
        envelope: journal.record.envelope?.bytes,
        onSealed: async ({ plainBytes, envelope }) => journal.save({ envelope: { plainBytes, bytes: envelope } }),
      },
      isReadOnce: !this.#job.source.rereadable,
      clock: this.#components.clock,
      signal: init.signal,
      onBreak: (index, reason) => this.#noteBreak(index, reason),
    });
    for (const [index, shard] of outcome.stored) this.#arrivals.stored.set(index, shard);
    if (outcome.object !== undefined) await this.#arrivals.settle(outcome.object);
    for (const [index, reason] of outcome.failed) this.#giveUp(index, reason);
    await this.#keepParked(outcome.parked);
    for (const index of outcome.dropped) {
      this.#components.logger.debug({ shard: index }, 'shard not needed: enough others were faster');
      reservations.giveUp(index);
    }
    await this.#keepBroken(outcome.broken);
    return outcome.broken.size > 0 && outcome.failed.size === 0;
  }

  /** The source's bytes, checked against those of earlier readings; nothing is sent of the first `leastUnits` of each shard. */
  #reading(arrived: readonly number[]): (signal: AbortSignal) => AsyncIterable<Uint8Array> {
    const { source, request, onProgress } = this.#job;
    const totalBytes = source.exact ? source.maxBytes : undefined;
    const least = arrived.length === 0 ? 0 : Math.min(...arrived);
    const skipBytes = least * UNIT_BYTES * request.k;
    onProgress({ phase: skipBytes > 0 ? 'prepare' : 'upload', doneBytes: 0, totalBytes });
    return (signal) =>
      countBytes(this.#witness.pass(source.open({ signal })), (doneBytes) =>
        // What is there already is read and enciphered again, much faster than it was sent: no rate of sending.
        onProgress({ phase: doneBytes < skipBytes ? 'prepare' : 'upload', doneBytes, totalBytes }),
      );
  }

  /** What arrived before a connection broke need not be sent again, if the shard is still needed and the source can be read again. */
  async #keepBroken(broken: ReadonlyMap<number, unknown>): Promise<void> {
    for (const [index, reason] of broken) {
      const breaks = (this.#breaks.get(index) ?? 0) + 1;
      this.#breaks.set(index, breaks);
      if (breaks > MAX_BREAKS || !this.#job.source.rereadable) this.#giveUp(index, reason);
      else if (this.#missing(this.#arrivals.stored) === 0) this.#job.reservations.giveUp(index);
      else await this.#arrivals.look(index);
    }
  }

  /** A spare that waited is let go, or goes on in the place of a shard that failed, if its provider has kept what came. */
  async #keepParked(parked: ReadonlySet<number>): Promise<void> {
    const { stored, claimed, arrived } = this.#arrivals;
    for (const index of parked) {
      // What was known of it is from before it waited.
      this.#arrivals.forget(index);
      if (this.#missing(stored) > 0) await this.#arrivals.look(index);
      const isKept = [stored, claimed, arrived].some((known) => known.has(index));
      if (!isKept) this.#job.reservations.giveUp(index);
    }
  }

  #noteBreak(index: number, reason: unknown): void {
    const provider = this.#job.reservations.held.get(index)?.provider.id;
    const note = `the connection to provider ${provider} broke in shard ${index}, which goes on: ${messageOf(reason)}`;
    this.#job.onProgress({ phase: 'upload', note });
  }

  async #sign(): Promise<void> {
    const { reservations, init, journal, onProgress } = this.#job;
    const { market, control } = this.#components;
    onProgress({ phase: 'sign' });
    const time = await market.time({ signal: init.signal });
    this.#drafts.requireTime(time);
    const { firstNonce, deadline } = this.#drafts;
    // Before anybody signs: a later process has to ask for the same agreements, as each provider signs one.
    await journal.save({ firstNonce, ...(deadline === undefined ? {} : { deadline }) });
    while (this.#missing(this.#signed) > 0 && this.#arrivals.stored.size >= this.#job.request.n) {
      const unsigned = [...this.#arrivals.stored]
        .filter(([index]) => !this.#signed.has(index))
        .toSorted(([a], [b]) => a - b)
        .slice(0, this.#missing(this.#signed));
      const drafts = unsigned.map(([index, shard]) => this.#drafts.draft(reservations.require(index), shard, time));
      const outcome = await collectSignatures(control, reservations, drafts, { signal: init.signal });
      for (const signed of outcome.signed) this.#signed.set(signed.agreement.shardIndex, signed);
      for (const [index, reason] of outcome.failed) this.#giveUp(index, reason);
      await journal.save({ signed: [...this.#signed.values()] });
    }
  }

  /** Takes a shard from a provider that failed it; a spare takes its place, or the next pass sends it to another. */
  #giveUp(index: number, reason: unknown): void {
    const { reservations, onProgress } = this.#job;
    const provider = reservations.require(index).provider.id;
    this.#components.logger.warn({ shard: index, provider, err: reason }, 'provider failed a shard');
    onProgress({ phase: 'upload', note: `provider ${provider} failed shard ${index}: ${messageOf(reason)}` });
    this.#arrivals.forget(index);
    reservations.drop(index, reason);
  }

  #requireAnotherPass(pass: number): void {
    const { source, reservations, request } = this.#job;
    if (pass < MAX_PASSES && source.rereadable) return;
    const missing = this.#missing(this.#signed);
    const reasons = reservations.failures
      .map(({ provider, reason }) => `\n  - provider ${provider}: ${reason}`)
      .join('');
    const why = source.rereadable
      ? `after ${pass} passes`
      : `and ${source.label} cannot be read again for other providers`;
    throw new StowError({
      code: 'upload-failed',
      message: `${missing} of ${request.n} shards were not stored, ${why}; nothing was paid${reasons}`,
      hint: source.rereadable ? 'try again' : 'write the bytes to a file first and store that, or try again',
      retryable: true,
    });
  }

  async #finish(): Promise<PutResult> {
    const { init, request, reservations, onProgress, journal } = this.#job;
    // Nobody is paid for what is not kept, so it is not kept waiting, either.
    for (const index of reservations.held.keys()) if (!this.#signed.has(index)) reservations.giveUp(index);
    const signed = [...this.#signed.values()].toSorted((a, b) => a.agreement.shardIndex - b.agreement.shardIndex);
    const agreements = signed.map(({ agreement }) => agreement);
    await this.#bring();
    onProgress({ phase: 'form' });
    const { objectKey, k, n } = request;
    const plainBytes = journal.record.envelope?.plainBytes ?? 0;
    const object = { objectKey, name: init.name, kind: this.#job.source.kind, plainBytes, k, n };
    const formed = await formObject(this.#components, object, signed, init.signal);
    return {
      objectKey,
      name: init.name,
      plainBytes,
      quote: quote({ shards: agreements, ...this.#job.market.terms }),
      formed,
      agreements,
      replaced: [...reservations.failures],
    };
  }

  /** Forming takes asks that are in the book: signed ones are put there first, once all providers have signed the agreements. */
  async #bring(): Promise<void> {
    const { init, reservations, onProgress } = this.#job;
    for (const { option } of reservations.held.values()) {
      if (option.offer === undefined) continue;
      onProgress({ phase: 'bring' });
      await this.#components.bring(option.offer, { signal: init.signal });
    }
  }
}
