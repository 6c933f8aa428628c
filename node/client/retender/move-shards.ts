import type { AgreementRow } from '../../chain/market-index.ts';
import { assert } from '../../core/assert.ts';
import { equal, fromHex } from '../../core/bytes.ts';
import { isStowError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { Address, AgreementId, SignedOffer, StorageAgreement } from '../../market/messages.ts';
import { quote, type Quote } from '../../market/quote.ts';
import type { Holder } from '../../transfer/read/holder.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';
import type { KnownProvider, MarketView } from '../market-view.ts';
import { noProgress, type ProgressListener } from '../progress.ts';
import { AgreementDrafts, collectSignatures, type SignedAgreement } from '../put/agree.ts';
import type { ControlPlane, ShardUploader } from '../put/control-plane.ts';
import { formAll, type FormAgreements, type Formed } from '../put/form.ts';
import { quoteShards, requireAffordable, type PlanMarket, type PlanRequest, type PurchaseTerms } from '../put/plan.ts';
import { lookAtMarket } from '../put/quote-put.ts';
import { Reservations, type ReservedShard } from '../put/reserve.ts';
import { wrongRoot } from '../put/upload.ts';
import type { StoredShard } from '../put/upload-race.ts';
import { restoreShard, type ShardOwner } from './restore-shard.ts';

/** Providers tried for a shard, one after the other, before it is left to the next pass. */
const MAX_ATTEMPTS = 3;
export interface MoveComponents {
  market: MarketView;
  control: ControlPlane;
  uploader: ShardUploader;
  access: ShardAccess;
  providersOf: (ids: readonly number[]) => Promise<ReadonlyMap<number, KnownProvider>>;
  /** Puts a signed ask into the book. */
  bring: (ask: SignedOffer, options: { signal: AbortSignal }) => Promise<void>;
  /** Ends an agreement whose term is over. */
  end: (id: AgreementId, options: { signal: AbortSignal }) => Promise<void>;
  form: FormAgreements;
  owner: ShardOwner & { address: Address };
  logger: Logger;
}

/** Bids that stand for shards which move, and that a new agreement takes the place of. */
export interface FormerBids {
  /** Token wei that come back once the bids for these shards are cancelled. */
  lockedFor(shards: Iterable<number>): bigint;
  cancel(shards: Iterable<number>, options: { signal: AbortSignal }): Promise<void>;
}

/** An object that is stored, and what may be paid for its shards. */
export interface MoveInit extends PurchaseTerms {
  objectKey: Uint8Array;
  plainBytes: number;
  /** The latest agreement of each shard. */
  agreements: readonly AgreementRow[];
  /** Those whose term is over, or whose provider failed: they are bought anew, all at once. */
  over: readonly AgreementRow[];
  /** Cancelled only when the agreements that take their place are signed. */
  bids?: FormerBids | undefined;
  signal: AbortSignal;
  onProgress?: ProgressListener | undefined;
}

export interface MovedShard {
  from: AgreementRow;
  agreement: StorageAgreement;
  /** Why its old holder's bytes were not used, where they were not. */
  rebuilt: string | undefined;
}

export interface MoveResult {
  moved: MovedShard[];
  /** Shards that stay where they are, without an agreement, until the next try. */
  failed: { row: AgreementRow; reason: string }[];
  quote: Quote;
  /** Undefined when nothing was formed. */
  formed: Formed | undefined;
}

/**
 * Buys shards anew whose term is over or whose provider failed, from whoever the market offers now. The order: room is reserved; the bytes go to the new providers,
 * which compute the root; they sign; only then the old agreements are ended; and at once the new ones are formed, all in one transaction. So an
 * old holder is let go when another has the bytes and is bound, and its own disk keeps them for a period longer. Nothing is remembered
 * between the steps: a client that stops anywhere finds on chain which shards are over, and begins with them again; what it reserved lapses,
 * what was signed runs out unformed, and nothing is paid twice, as the chain takes one live agreement for a shard.
 * @throws StowError `escrow-short`, `gas-funds`, those of the market and the chain. One shard's failure does not keep the others.
 */
export async function moveShards(components: MoveComponents, init: MoveInit): Promise<MoveResult> {
  const { objectKey, plainBytes, over, signal, onProgress = noProgress } = init;
  const { k, n, periods, weights, maxPricePerUnitPeriod, regions } = init;
  const [first] = over;
  assert(first !== undefined, 'there is a shard to move');
  const { units } = first;
  onProgress({ phase: 'plan' });
  const found = await lookAtMarket(
    components,
    { k, n, periods, weights, maxPricePerUnitPeriod, regions, maxBytes: plainBytes },
    { signal },
    { objectKey, units },
  );
  const known = await components.providersOf(init.agreements.map(({ provider }) => provider));
  return new Move(components, init, { ...found, known }).run();
}

interface Found {
  market: PlanMarket;
  request: PlanRequest;
  /** Who holds the object's shards. */
  known: ReadonlyMap<number, KnownProvider>;
}

class Move {
  readonly #components: MoveComponents;
  readonly #init: MoveInit;
  readonly #known: Found['known'];
  readonly #market: PlanMarket;
  readonly #request: PlanRequest;
  readonly #reservations: Reservations;
  readonly #drafts: AgreementDrafts;
  /** Shards still to be moved. */
  readonly #open: Map<number, AgreementRow>;
  readonly #stored = new Map<number, StoredShard>();
  readonly #signed = new Map<number, SignedAgreement>();
  readonly #rebuilt = new Map<number, string>();
  readonly #failed: MoveResult['failed'] = [];
  /** Too few shards are held to rebuild one: those that failed are asked as well, as some may still have what they lost the agreement for. */
  readonly #isDesperate: boolean;
  #formed: Formed | undefined;

  constructor(components: MoveComponents, init: MoveInit, found: Found) {
    this.#components = components;
    this.#known = found.known;
    this.#init = init;
    this.#market = found.market;
    this.#request = found.request;
    this.#open = new Map(init.over.map((row) => [row.shardIndex, row]));
    this.#isDesperate = init.agreements.filter(({ status }) => status === 'active').length < init.k;
    const staying = init.agreements.filter((row) => row.status === 'active' && !this.#open.has(row.shardIndex));
    // Who let the object down once is not trusted with another of its shards.
    const failed = init.agreements.filter(({ status }) => status === 'failed');
    this.#reservations = new Reservations({ control: components.control, market: found.market }, found.request, {
      shards: [...this.#open.keys()],
      roots: new Map(init.over.map(({ shardIndex, shardRoot }) => [shardIndex, shardRoot])),
      takenOperators: [...staying, ...failed].flatMap(({ provider }) => found.known.get(provider)?.operator ?? []),
    });
    const { objectKey, periods } = found.request;
    this.#drafts = new AgreementDrafts({
      client: components.owner.address,
      objectKey,
      periods,
      terms: found.market.terms,
    });
  }

  async run(): Promise<MoveResult> {
    try {
      for (let attempt = 1; attempt <= MAX_ATTEMPTS && this.#waiting().length > 0; attempt++) await this.#attempt();
      for (const index of this.#waiting()) this.#giveUp(index, `no provider took it in ${MAX_ATTEMPTS} tries`);
      await this.#endOld();
      await this.#form();
    } finally {
      // What is signed is the provider's promise, which runs out by itself.
      if (this.#formed === undefined) await this.#reservations.releaseAll();
    }
    const moved = this.#formed === undefined ? [] : [...this.#signed.values()].map((signed) => this.#moved(signed));
    const shards = moved.map(({ agreement }) => agreement);
    return { moved, failed: this.#failed, quote: quote({ shards, ...this.#market.terms }), formed: this.#formed };
  }

  /** Shards that no provider has signed for. */
  #waiting(): number[] {
    return [...this.#open.keys()].filter((index) => !this.#signed.has(index));
  }

  async #attempt(): Promise<void> {
    const { signal, bids, onProgress = noProgress } = this.#init;
    onProgress({ phase: 'reserve' });
    await this.#reserve();
    if (this.#reservations.held.size === 0) return;
    const quoted = quoteShards(this.#market, this.#request, this.#reservations.placements());
    const { balances } = this.#market;
    const freed = bids?.lockedFor(this.#reservations.held.keys()) ?? 0n;
    requireAffordable(quoted, this.#request, { ...balances, escrow: balances.escrow + freed });
    onProgress({ phase: 'upload' });
    const unstored = [...this.#reservations.held.values()].filter(({ shardIndex }) => !this.#stored.has(shardIndex));
    await Promise.all(unstored.map(async (target) => this.#send(target)));
    signal.throwIfAborted();
    onProgress({ phase: 'sign' });
    await this.#sign();
  }

  /** Where too few providers are left for all, shards are given up from the last until the others have one. */
  async #reserve(): Promise<void> {
    const { signal } = this.#init;
    const missing = (): number[] => this.#waiting().filter((index) => !this.#reservations.held.has(index));
    while (missing().length > 0) {
      try {
        await this.#reservations.reserveMissing({ signal });
      } catch (error) {
        const last = missing().at(-1);
        if (!isStowError(error, 'too-few-providers') || last === undefined) throw error;
        this.#giveUp(last, error);
      }
    }
  }

  async #send(target: ReservedShard): Promise<void> {
    const { shardIndex, provider, reservation } = target;
    const { access, uploader, owner, logger } = this.#components;
    const { objectKey, agreements, signal } = this.#init;
    const row = this.#row(shardIndex);
    if (reservation.stored === true) {
      this.#stored.set(shardIndex, { root: fromHex(row.shardRoot, 32), units: row.units });
      return;
    }
    const restored = restoreShard(access, {
      objectKey,
      holder: this.#holderOf(row),
      shardIndex,
      others: agreements.flatMap((other) => this.#holderOf(other) ?? []),
      owner,
      signal,
      onRebuild: (reason) => {
        logger.info({ shard: shardIndex, reason }, 'shard is rebuilt');
        this.#rebuilt.set(shardIndex, reason);
      },
    });
    const source = watched(restored);
    try {
      const stored = await uploader.putShard(provider, reservation, source.bytes, { signal });
      requireSame(row, stored);
      this.#stored.set(shardIndex, stored);
    } catch (error) {
      signal.throwIfAborted();
      if (source.failure === undefined) this.#drop(shardIndex, error);
      else this.#giveUp(shardIndex, source.failure.reason);
    } finally {
      await restored.return(undefined);
    }
  }

  async #sign(): Promise<void> {
    const { market, control } = this.#components;
    const { signal } = this.#init;
    const unsigned = [...this.#stored].filter(([index]) => !this.#signed.has(index));
    if (unsigned.length === 0) return;
    const time = await market.time({ signal });
    this.#drafts.requireTime(time);
    const drafts = unsigned.map(([index, shard]) => this.#drafts.draft(this.#reservations.require(index), shard, time));
    const outcome = await collectSignatures(control, this.#reservations, drafts, { signal });
    for (const signed of outcome.signed) this.#signed.set(signed.agreement.shardIndex, signed);
    for (const [index, reason] of outcome.failed) this.#drop(index, reason);
  }

  /**
   * A shard's place is free once its old agreement is ended; its provider may have done that before. Whoever gets one shard and had another
   * can have the new one only when that is ended, too.
   */
  async #endOld(): Promise<void> {
    const { end, market } = this.#components;
    const { over, signal } = this.#init;
    // Nothing is ended that could not be formed again in time: the old agreements, asks that are brought, and the new ones.
    if (this.#signed.size > 0)
      this.#drafts.requireTime(await market.time({ signal }), over.length + this.#signed.size + 1);
    for (const row of over) {
      const waiting = [...this.#signed.values()].filter(
        ({ agreement }) => agreement.shardIndex === row.shardIndex || agreement.provider === row.provider,
      );
      if (row.status !== 'active' || waiting.length === 0) continue;
      try {
        await end(row.id, { signal });
      } catch (error) {
        signal.throwIfAborted();
        if (isStowError(error, 'agreements-not-active')) continue;
        const reason = `agreement ${formatAgreementId(row.id)} cannot be ended: ${messageOf(error)}`;
        for (const { agreement } of waiting) this.#giveUp(agreement.shardIndex, reason);
      }
    }
  }

  async #form(): Promise<void> {
    const { form, bring } = this.#components;
    const { signal, bids, onProgress = noProgress } = this.#init;
    if (this.#signed.size === 0) return;
    await bids?.cancel(this.#signed.keys(), { signal });
    for (const index of this.#signed.keys()) {
      const { offer } = this.#reservations.require(index).option;
      if (offer !== undefined) await bring(offer, { signal });
    }
    onProgress({ phase: 'form' });
    // The chain wants an object's shards in ascending order.
    const signed = [...this.#signed.values()].toSorted((a, b) => a.agreement.shardIndex - b.agreement.shardIndex);
    this.#formed = await formAll(form, signed, signal);
  }

  #moved({ agreement }: SignedAgreement): MovedShard {
    const { shardIndex } = agreement;
    return { from: this.#row(shardIndex), agreement, rebuilt: this.#rebuilt.get(shardIndex) };
  }

  #row(shardIndex: number): AgreementRow {
    const row = this.#init.agreements.find((known) => known.shardIndex === shardIndex);
    assert(row !== undefined, `shard ${shardIndex} had an agreement`);
    return row;
  }

  /** Whoever is bound to give a shard out, or was until a moment ago and has not deleted it yet. */
  #holderOf({ id, status, provider, shardIndex, shardRoot, units }: AgreementRow): Holder | undefined {
    const known = this.#known.get(provider);
    if (known === undefined || (status === 'failed' && !this.#isDesperate)) return undefined;
    return { shardIndex, agreement: id, provider: known, root: fromHex(shardRoot, 32), units };
  }

  /** Takes a shard from a provider that failed it; another one is tried. */
  #drop(index: number, reason: unknown): void {
    const { onProgress = noProgress } = this.#init;
    const { id } = this.#reservations.require(index).provider;
    onProgress({ phase: 'upload', note: `provider ${id} failed shard ${index}: ${messageOf(reason)}` });
    this.#stored.delete(index);
    this.#reservations.drop(index, reason);
  }

  /** Leaves a shard to the next pass. */
  #giveUp(index: number, reason: unknown): void {
    const row = this.#row(index);
    this.#open.delete(index);
    this.#stored.delete(index);
    this.#signed.delete(index);
    this.#reservations.giveUp(index);
    this.#failed.push({ row, reason: messageOf(reason) });
  }
}

/** The same bytes; remembers when it is they that failed, and not whoever took them. */
function watched(source: AsyncIterable<Uint8Array>): {
  bytes: AsyncIterable<Uint8Array>;
  failure?: { reason: unknown };
} {
  const state: { bytes: AsyncIterable<Uint8Array>; failure?: { reason: unknown } } = { bytes: watch() };
  async function* watch(): AsyncGenerator<Uint8Array> {
    try {
      yield* source;
    } catch (reason) {
      state.failure = { reason };
      throw reason;
    }
  }
  return state;
}

/** It must be the one that the chain knows. */
function requireSame({ shardIndex, shardRoot, units }: AgreementRow, stored: StoredShard): void {
  const root = fromHex(shardRoot, 32);
  if (!equal(stored.root, root) || stored.units !== units) throw wrongRoot(shardIndex, stored, { root, units });
}
