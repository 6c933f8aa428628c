import { fromHex, to0x } from '../../core/bytes.ts';
import { isStowError, messageOf } from '../../core/errors.ts';
import { bidPrice } from '../../market/bid-price.ts';
import { formatTokens, gibPriceOfUnitPrice, MAX_AMOUNT, roundAmount } from '../../market/money.ts';
import { Rest, type Bid } from '../../market/messages.ts';
import { noProgress, type ProgressListener } from '../progress.ts';
import { indices } from '../put/plan.ts';
import type { UploadTarget } from '../put/send-shard.ts';
import type { BidHolder, BidHolders } from './bid-holders.ts';
import type { BidSignatures } from './bid-signatures.ts';
import type { BidComponents, BidInit, TakenShard } from './bid-types.ts';
import type { ShardPasses } from './shard-passes.ts';

/** Providers without a fitting ask that are listed, too: one may take a bid for what no ask of its own says. */
const OTHER_PROVIDERS = 256;
/** Between two looks at the bid: blocks of a quick chain. */
const LOOK_MS = 1_000;
/** Shards that nobody took are offered again after this: providers come up, get room, or are new. */
const OFFER_AGAIN_MS = 20_000;
/** At its ceiling a bid gets no better: who has the shard and has not answered after so long is given up for another. */
const HOLDER_PATIENCE_S = 60;
/** The last answer is sent this long before the end, or at a tenth of the bid's life if that is shorter: it needs a block in time. */
const ANSWER_MARGIN_S = 30;

const SECOND_MS = 1_000;

export interface BidJobInit {
  bidId: bigint;
  bid: BidInit;
  passes: ShardPasses;
  holders: BidHolders;
  signatures: BidSignatures;
  /** Notes who may have what, for a later process. */
  savePlaces: () => Promise<void>;
}

interface Look {
  bid: Bid;
  time: number;
  price: bigint;
  taken: readonly TakenShard[];
}

/** One bid from its posting to its end: offers the shards, sends them, and sees them taken. */
export class BidJob {
  readonly #components: BidComponents;
  readonly #init: BidJobInit;
  readonly #onProgress: ProgressListener;
  #offerAfterMs = -Infinity;
  #told = '';

  constructor(components: BidComponents, init: BidJobInit) {
    this.#components = components;
    this.#init = init;
    this.#onProgress = init.bid.onProgress ?? noProgress;
  }

  /** Resolves once the bid is over: every shard is taken, or its time has run out and it was closed. */
  async run(): Promise<void> {
    const { bidId, bid: init } = this.#init;
    const { chain, clock } = this.#components;
    for (;;) {
      const look = await this.#look();
      // Whoever answered last closed it, or its client did from elsewhere.
      if (look === undefined) return;
      this.#tell(look);
      if (look.time >= look.bid.terms.expiry) {
        await chain.cancel(bidId, { signal: init.signal }).catch(unlessOver);
        return;
      }
      await this.#offer(look);
      if (look.bid.terms.rest === Rest.stand) this.#dropIdle(look);
      else if (await this.#answerTogether(look)) continue;
      await clock.sleep(LOOK_MS, { signal: init.signal });
    }
  }

  async #look(): Promise<Look | undefined> {
    const { bidId, bid: init, passes } = this.#init;
    const { chain, market } = this.#components;
    const options = { signal: init.signal };
    const [bid, time, taken] = await Promise.all([
      chain.bid(bidId, options),
      market.time(options),
      chain.taken(passes.object.objectKey, options),
    ]);
    return bid === undefined ? undefined : { bid, time, taken, price: bidPrice(bid, time) };
  }

  #tell({ bid, price, taken }: Look): void {
    const { n } = this.#init.bid;
    const ready = [...this.#init.holders.held.values()].filter(({ storedAt }) => storedAt !== undefined).length;
    const note = `bid ${this.#init.bidId} pays ${formatTokens(roundAmount(gibPriceOfUnitPrice(price)))} a GiB and period: ${taken.length} of ${n} shards taken, ${ready} with providers`;
    // The price alone changes with every block.
    const told = `${taken.length} ${ready} ${price === bid.terms.ceiling}`;
    this.#onProgress({ phase: 'bid', ...(told === this.#told ? {} : { note }) });
    this.#told = told;
  }

  /** Offers and sends what nobody has. */
  async #offer({ bid, taken, time }: Look): Promise<void> {
    const { holders, bid: init } = this.#init;
    const { market, clock } = this.#components;
    const missing = indices(init.n).filter(
      (index) => !holders.held.has(index) && !taken.some(({ shardIndex }) => shardIndex === index),
    );
    if (missing.length === 0 || clock.monotonicMs() < this.#offerAfterMs) return;
    this.#onProgress({ phase: 'reserve' });
    const { terms } = bid;
    const wish = {
      objectKey: fromHex(terms.objectKey, 32),
      shards: missing,
      units: terms.units,
      periods: terms.periods,
      // A bid's money is behind it already, and its price is not the ask's: an ask only tells who takes little.
      clientDeposit: MAX_AMOUNT,
      time,
      others: OTHER_PROVIDERS,
    };
    const { providers } = await market.providers(wish, { signal: init.signal });
    const takenBy = taken.map(({ provider }) => provider);
    const fresh = await holders.offer(missing, { providers, time, takenBy }, { signal: init.signal });
    if (fresh.length < missing.length) {
      this.#offerAfterMs = clock.monotonicMs() + OFFER_AGAIN_MS;
      this.#noteUnplaced(missing.length - fresh.length);
      holders.forgive();
    }
    if (fresh.length === 0) return;
    await this.#init.savePlaces();
    const unsent = await this.#unsent(fresh, time);
    if (unsent.length > 0) await this.#send(unsent, bid.terms.expiry - time);
  }

  /** What of the placed shards has to be sent, as some may have come to its provider from an earlier process. */
  async #unsent(placed: readonly BidHolder[], time: number): Promise<UploadTarget[]> {
    const { holders, bid: init } = this.#init;
    const unsent: UploadTarget[] = [];
    for (const holder of placed) {
      const { shardIndex, provider, reservation } = holder;
      const { uploader, logger } = this.#components;
      const state = await (holder.mayHaveSome ? uploader.uploadState(provider, reservation, init) : undefined)?.catch(
        (error: unknown) => {
          init.signal.throwIfAborted();
          logger.debug({ shard: shardIndex, err: error }, 'a provider does not say how far an upload is');
          return undefined;
        },
      );
      if (state?.root === undefined) unsent.push({ ...holder, from: state?.units });
      else if (to0x(state.root) === holders.rootOf(shardIndex)) holders.markStored(shardIndex, time);
      else this.#giveUp(shardIndex, new Error('it has other bytes than were sent'));
    }
    return unsent;
  }

  async #send(targets: readonly UploadTarget[], leftS: number): Promise<void> {
    const { passes, holders, bid: init } = this.#init;
    // What has not arrived by the end of the bid is of no use.
    const signal = AbortSignal.any([init.signal, AbortSignal.timeout(leftS * SECOND_MS)]);
    try {
      const { stored, failed, broken } = await passes.send(this.#components.uploader, targets, signal);
      const time = await this.#components.market.time({ signal: init.signal });
      for (const index of stored.keys()) holders.markStored(index, time);
      // The next offer reads the source again anyhow, and may as well go to somebody with a better line.
      for (const [index, reason] of [...failed, ...broken]) this.#giveUp(index, reason);
    } catch (error) {
      init.signal.throwIfAborted();
      if (!signal.aborted) throw error;
      for (const { shardIndex } of targets) this.#giveUp(shardIndex, error);
    }
  }

  /** @returns whether an answer went out, so that the bid has changed */
  async #answerTogether({ bid, price, time }: Look): Promise<boolean> {
    const { bidId, signatures, bid: init } = this.#init;
    const failed = await signatures.collect(price, time, { signal: init.signal });
    for (const [index, reason] of failed) this.#giveUp(index, reason);
    const answers = signatures.answers(time);
    if (answers.length < init.n) {
      const margin = Math.min(ANSWER_MARGIN_S, Math.ceil((bid.terms.expiry - bid.postedAt) / 10));
      const isLast = time >= bid.terms.expiry - margin;
      // Fewer shards than rebuild the object are worth nothing.
      if (bid.terms.rest !== Rest.refund || !isLast || answers.length < init.k) return false;
    }
    this.#onProgress({ phase: 'form' });
    await this.#components.chain.answer(bidId, answers, { signal: init.signal });
    return true;
  }

  #dropIdle({ bid, price, time, taken }: Look): void {
    const { terms, postedAt } = bid;
    if (price < terms.ceiling) return;
    for (const { shardIndex, storedAt } of this.#init.holders.held.values()) {
      const since = Math.max(storedAt ?? time, postedAt + terms.climbSeconds);
      if (taken.some((shard) => shard.shardIndex === shardIndex) || time - since < HOLDER_PATIENCE_S) continue;
      this.#giveUp(shardIndex, new Error(`it did not answer within ${HOLDER_PATIENCE_S} s at the bid's ceiling`));
    }
  }

  /** Takes a shard from a provider that failed it; it is offered to another. */
  #giveUp(index: number, reason: unknown): void {
    const { holders } = this.#init;
    const provider = holders.held.get(index)?.provider.id;
    this.#components.logger.warn({ shard: index, provider, err: reason }, 'provider failed a shard of a bid');
    this.#onProgress({ phase: 'bid', note: `provider ${provider} failed shard ${index}: ${messageOf(reason)}` });
    holders.drop(index, reason);
  }

  #noteUnplaced(count: number): void {
    const reasons = this.#init.holders.failures.map(({ provider, reason }) => `\n  - provider ${provider}: ${reason}`);
    const note = `no provider takes ${count} of the shards yet; they are offered again until the bid is over${reasons.join('')}`;
    this.#onProgress({ phase: 'bid', note });
  }
}

function unlessOver(error: unknown): void {
  if (!isStowError(error, 'order-book-unknown-bid')) throw error;
}
