import { isStowError, messageOf, StowError } from '../../core/errors.ts';
import { quote } from '../../market/quote.ts';
import { newObjectSecret } from '../../pipeline/encrypt/frame-key.ts';
import type { ProgressListener } from '../progress.ts';
import { AgreementDrafts, collectSignatures, type SignedAgreement } from './agree.ts';
import { countBytes } from './count-bytes.ts';
import { formAll, type Formed } from './form.ts';
import { PassWitness } from './pass-witness.ts';
import { indices, quoteShards, requireAffordable, type PlanMarket, type PlanRequest } from './plan.ts';
import type { PutComponents, PutInit, PutResult } from './put-types.ts';
import type { Reservations } from './reserve.ts';
import type { PutSource } from './source.ts';
import { uploadPass, type StoredShard } from './upload.ts';

/** Readings of the source: the first, and two more for shards whose providers failed. Beyond that, the network is at fault. */
const MAX_PASSES = 3;
/** Failures of the forming transaction after which it may have been sent, so that its object must not be forgotten. */
const OUTCOME_UNKNOWN = new Set([
  'form-unknown',
  'chain-unreachable',
  'chain-stalled',
  'tx-not-mined',
  'tx-nonce-contended',
]);

export interface PutJobInit {
  source: PutSource;
  init: PutInit;
  market: PlanMarket;
  request: PlanRequest;
  reservations: Reservations;
  onProgress: ProgressListener;
}

/** One put from reservations to agreements, provider failures included. */
export class PutJob {
  readonly #components: PutComponents;
  readonly #job: PutJobInit;
  readonly #secret = newObjectSecret();
  readonly #witness: PassWitness;
  readonly #drafts: AgreementDrafts;
  readonly #stored = new Map<number, StoredShard>();
  readonly #signed = new Map<number, SignedAgreement>();
  #plainBytes = 0;

  constructor(components: PutComponents, job: PutJobInit) {
    this.#components = components;
    this.#job = job;
    this.#witness = new PassWitness(job.source.label);
    const { objectKey, periods } = job.request;
    this.#drafts = new AgreementDrafts({
      client: components.owner.address,
      objectKey,
      periods,
      terms: job.market.terms,
    });
  }

  async run(): Promise<PutResult> {
    const { init, request, reservations, market, onProgress } = this.#job;
    for (let pass = 1; ; pass++) {
      onProgress({ phase: 'reserve' });
      await reservations.reserveMissing({ signal: init.signal });
      // Providers that refused were replaced by dearer ones.
      requireAffordable(quoteShards(market, request, reservations.placements()), request, market.balances);
      await this.#send(pass);
      if (this.#missing(this.#stored).length === 0) await this.#sign();
      if (this.#missing(this.#signed).length === 0) return this.#finish();
      this.#requireAnotherPass(pass);
    }
  }

  #missing(have: ReadonlyMap<number, unknown>): number[] {
    return indices(this.#job.request.n).filter((index) => !have.has(index));
  }

  async #send(pass: number): Promise<void> {
    const { source, request, reservations, init, onProgress } = this.#job;
    const { objectKey, k, n } = request;
    const missing = this.#missing(this.#stored);
    const content = {
      secret: this.#secret,
      name: init.name,
      kind: source.kind,
      mode: source.mode,
      mtime: source.mtimeMs,
    };
    const totalBytes = source.rereadable ? source.maxBytes : undefined;
    onProgress({ phase: 'upload', doneBytes: 0, totalBytes });
    const read = (signal: AbortSignal): AsyncIterable<Uint8Array> => {
      const bytes = source.open({ signal });
      // A pipe is read once, so there is nothing to compare with.
      const witnessed = source.rereadable ? this.#witness.pass(bytes, pass === 1) : bytes;
      return countBytes(witnessed, (doneBytes) => onProgress({ phase: 'upload', doneBytes, totalBytes }));
    };
    const outcome = await uploadPass(this.#components.uploader, read, {
      targets: [...reservations.held.values()].filter(({ shardIndex }) => missing.includes(shardIndex)),
      encode: { objectKey, k, n, owner: this.#components.owner.publicKey, content },
      signal: init.signal,
    });
    if (outcome.object !== undefined) this.#plainBytes = outcome.object.plainBytes;
    for (const [index, shard] of outcome.stored) this.#stored.set(index, shard);
    for (const [index, reason] of outcome.failed) this.#giveUp(index, reason);
  }

  async #sign(): Promise<void> {
    const { reservations, init, onProgress } = this.#job;
    const { market, control } = this.#components;
    onProgress({ phase: 'sign' });
    const time = await market.time({ signal: init.signal });
    this.#drafts.requireTime(time);
    const unsigned = [...this.#stored].filter(([index]) => !this.#signed.has(index));
    const drafts = unsigned.map(([index, shard]) => this.#drafts.draft(reservations.require(index), shard, time));
    const outcome = await collectSignatures(control, reservations, drafts, { signal: init.signal });
    for (const signed of outcome.signed) this.#signed.set(signed.agreement.shardIndex, signed);
    for (const [index, reason] of outcome.failed) this.#giveUp(index, reason);
  }

  /** Takes a shard from a provider that failed it; the next pass sends it to another. */
  #giveUp(index: number, reason: unknown): void {
    const { reservations, onProgress } = this.#job;
    const provider = reservations.require(index).provider.id;
    this.#components.logger.warn({ shard: index, provider, err: reason }, 'provider failed a shard');
    onProgress({ phase: 'upload', note: `provider ${provider} failed shard ${index}: ${messageOf(reason)}` });
    this.#stored.delete(index);
    reservations.drop(index, reason);
  }

  #requireAnotherPass(pass: number): void {
    const { source, reservations, request } = this.#job;
    if (pass < MAX_PASSES && source.rereadable) return;
    const missing = request.n - this.#signed.size;
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
    const { init, request, reservations, onProgress } = this.#job;
    const signed = [...this.#signed.values()].toSorted((a, b) => a.agreement.shardIndex - b.agreement.shardIndex);
    const agreements = signed.map(({ agreement }) => agreement);
    await this.#bring();
    onProgress({ phase: 'form' });
    const formed = await this.#form(signed);
    return {
      objectKey: request.objectKey,
      name: init.name,
      plainBytes: this.#plainBytes,
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

  /** The catalogue knows the object before the chain does: a crash in between loses neither money nor the name. */
  async #form(signed: readonly SignedAgreement[]): Promise<Formed | undefined> {
    const { init, source, request } = this.#job;
    const { catalogue, clock, form } = this.#components;
    const { objectKey, k, n } = request;
    const storedAt = Math.floor(clock.nowMs() / 1_000);
    const entry = { objectKey, name: init.name, kind: source.kind, plainBytes: this.#plainBytes, k, n, storedAt };
    catalogue.put({ ...entry, state: 'forming' });
    try {
      const formed = await formAll(form, signed, init.signal);
      if (formed !== undefined) catalogue.put({ ...entry, state: 'stored', txHash: formed.txHash });
      return formed;
    } catch (error) {
      const unknown = isStowError(error) && OUTCOME_UNKNOWN.has(error.code);
      if (!unknown) catalogue.delete(objectKey);
      throw error;
    }
  }
}
