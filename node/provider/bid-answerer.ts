import type { BidAnswer } from '../chain/actions/answer-bid.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { SignedReservation, StoredReservation } from '../agreements/reservation.ts';
import { bidNonce } from '../market/bid-compatibility.ts';
import { bidPrice } from '../market/bid-price.ts';
import { collateralAt } from '../market/bid-rule.ts';
import { Rest, type Address, type Bid, type Hex, type StorageAgreement } from '../market/messages.ts';
import type { ChainClock, Head } from './chain-clock.ts';
import type { Reservations } from './ledger/reservations.ts';
import { ANSWER_DEADLINE_S, ANSWER_RETRY_MAX_BLOCKS, BID_RECHECK_BLOCKS } from './limits.ts';
import { Retries } from './retries.ts';
import { Turns } from './turns.ts';

/** A shard of a bid that this provider has in full. */
type HeldShard = StoredReservation | SignedReservation;

export interface BidAnswererComponents {
  chain: {
    /** Undefined when the bid is over. */
    bid(bidId: bigint, signal?: AbortSignal): Promise<Bid | undefined>;
    isNonceUsed(client: Address, nonce: bigint, signal?: AbortSignal): Promise<boolean>;
    lockable(signal?: AbortSignal): Promise<bigint>;
    answerBid(bidId: bigint, answer: BidAnswer, signal?: AbortSignal): Promise<unknown>;
  };
  chainClock: Pick<ChainClock, 'subscribe' | 'head'>;
  book: Pick<Reservations, 'ofBids' | 'markSigned' | 'remove' | 'totals'>;
  signAgreement: (agreement: StorageAgreement) => Promise<Hex>;
  logger: Logger;
}

/**
 * Answers bids whose shards this provider holds, each as soon as its climbing price reaches what the operator wants: whoever waits for
 * more may find it taken. Bids whose shards go together (all or none, or refund after the first answer) are left to their client,
 * which collects the signatures; shards of bids that are over are given up.
 */
export class BidAnswerer {
  readonly #components: BidAnswererComponents;
  readonly #turns: Turns;
  /** Bids as they were read last: their terms never change, and whether they stand is asked again now and then. */
  readonly #known = new Map<bigint, { bid: Bid | undefined; block: bigint }>();
  /** By reservation. */
  readonly #retries = new Retries<string>(ANSWER_RETRY_MAX_BLOCKS);

  constructor(components: BidAnswererComponents) {
    this.#components = components;
    this.#turns = new Turns(components, 'bid-answerer', (head, signal) => this.#turn(head, signal));
  }

  start(): void {
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  async #turn(head: Head, signal: AbortSignal): Promise<void> {
    const held = this.#components.book.ofBids();
    this.#forget(held);
    for (const shard of held) await this.#consider(shard, head, signal);
  }

  async #consider(held: HeldShard, head: Head, signal: AbortSignal): Promise<void> {
    const { bidId } = held.request;
    const bid = await this.#look(bidId, head, signal);
    if (bid === undefined) {
      this.#giveUp(held, 'the bid is over');
      return;
    }
    if (bid.terms.rest !== Rest.stand || head.timestampS >= bid.terms.expiry) return;
    if (!this.#retries.isDue(held.id, head.block)) return;
    const price = bidPrice(bid, head.timestampS);
    if (price < held.pricePerUnitPeriod) return;
    try {
      await this.#answer(held, bid, price, head, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const count = this.#retries.failed(held.id, head.block);
      this.#known.delete(bidId);
      this.#components.logger.warn(
        { bid: String(bidId), attempt: count, reason: messageOf(error) },
        'bid not answered yet',
      );
    }
  }

  /** The promise is durable before the signature leaves this process. */
  async #answer(held: HeldShard, bid: Bid, price: bigint, head: Head, signal: AbortSignal): Promise<void> {
    const { chain, book, signAgreement, logger } = this.#components;
    const { bidId, shardIndex, provider } = held.request;
    const nonce = bidNonce(bidId, shardIndex);
    const [taken, lockable] = await Promise.all([chain.isNonceUsed(bid.client, nonce, signal), chain.lockable(signal)]);
    if (taken) {
      this.#giveUp(held, 'the shard is taken');
      return;
    }
    const { objectKey, units, periods } = bid.terms;
    const collateral = collateralAt(price, bid.terms);
    if (collateral > lockable - this.#promisedToOthers(held)) {
      logger.warn({ bid: String(bidId) }, 'bid not answered: the free stake does not cover its collateral');
      return;
    }
    const agreement = {
      client: bid.client,
      provider,
      objectKey,
      shardIndex,
      shardRoot: held.root,
      units,
      pricePerUnitPeriod: price,
      periods,
      collateral,
      askId: 0n,
      bidId,
      nonce,
      deadline: BigInt(head.timestampS + ANSWER_DEADLINE_S),
    };
    book.markSigned(held.id, agreement);
    const signature = await signAgreement(agreement);
    await chain.answerBid(bidId, { agreement, signature, proof: held.bid?.proof ?? [] }, signal);
    logger.info({ bid: String(bidId), shard: shardIndex, price: String(price) }, 'bid answered');
    this.#known.delete(bidId);
  }

  #promisedToOthers(held: HeldShard): bigint {
    const own = held.state === 'signed' ? held.agreement.collateral : 0n;
    return this.#components.book.totals().signedCollateral - own;
  }

  async #look(bidId: bigint, head: Head, signal: AbortSignal): Promise<Bid | undefined> {
    const known = this.#known.get(bidId);
    if (known !== undefined && head.block < known.block + BID_RECHECK_BLOCKS) return known.bid;
    const bid = await this.#components.chain.bid(bidId, signal);
    this.#known.set(bidId, { bid, block: head.block });
    return bid;
  }

  /** Signed promises stay until their deadline: an agreement over them may be in a block that was not read yet. */
  #giveUp(held: HeldShard, reason: string): void {
    if (held.state === 'signed') return;
    const { book, logger } = this.#components;
    book.remove(held.id);
    logger.info({ bid: String(held.request.bidId), shard: held.request.shardIndex, reason }, 'shard of a bid given up');
  }

  #forget(held: readonly HeldShard[]): void {
    const bids = new Set(held.map(({ request }) => request.bidId));
    for (const bidId of this.#known.keys()) if (!bids.has(bidId)) this.#known.delete(bidId);
    this.#retries.keepOnly(new Set(held.map(({ id }) => id)));
  }
}
