import type { Address } from '../../market/messages.ts';
import { burnOf } from '../formulas.ts';
import { type ArgsOf, type ReplayContext } from './context.ts';

/** `Rest.Refund`: what an answer leaves over is given back. Source: `types/Bid.sol`. */
const REST_REFUND = 2;
/** The client's nonce of an agreement that answers a bid: the upper bit, the bid, the shard. Source: `Compatibility.sol`. */
const NONCE_BIT = 1n << 63n;
const SHARD_BITS = 8n;

type Terms = ArgsOf<'orderBook', 'BidPosted'>['terms'];

export interface ReplayedBid {
  readonly client: Address;
  readonly terms: Terms;
  readonly postedAt: bigint;
  /** Token wei behind each shard. */
  readonly reserved: bigint;
  shardsLeft: number;
}

/** Bids, and what is behind them. */
export class Bids {
  readonly #context: ReplayContext;
  /** By id from 1; undefined once over. */
  readonly #bids = new Map<bigint, ReplayedBid | undefined>();
  /** Agreements of this transaction that carry a bid's nonce. */
  #formed = new Map<bigint, number>();

  constructor(context: ReplayContext) {
    this.#context = context;
  }

  get count(): number {
    return this.#bids.size;
  }

  get(bidId: bigint): ReplayedBid | undefined {
    return this.#bids.get(bidId);
  }

  all(): [bigint, ReplayedBid | undefined][] {
    return [...this.#bids];
  }

  /** Token wei behind all of them. */
  get locked(): bigint {
    return this.all().reduce(
      (sum, [, bid]) => sum + (bid === undefined ? 0n : bid.reserved * BigInt(bid.shardsLeft)),
      0n,
    );
  }

  post({ bidId, client, terms, reserved }: ArgsOf<'orderBook', 'BidPosted'>, block: bigint): void {
    const { findings, ledger, parameters, transaction } = this.#context;
    const subject = bidName(bidId);
    const rent = terms.ceiling * BigInt(terms.units) * BigInt(terms.periods);
    findings.event(subject, 'its number', this.#bids.size + 1, bidId);
    findings.event(subject, 'what is behind each shard', rent + burnOf(rent, parameters.burnBps), reserved);
    this.#bids.set(bidId, { client, terms, postedAt: block, reserved, shardsLeft: terms.shards });
    const amount = reserved * BigInt(terms.shards);
    transaction.dueFlow('OrderBook', { owner: client }, -amount);
    ledger.move({ what: 'put behind a bid', from: `account ${client}`, to: subject, amount });
  }

  answer({ bidId, shards, shardsLeft }: ArgsOf<'orderBook', 'BidAnswered'>): void {
    const { findings, transaction } = this.#context;
    const subject = bidName(bidId);
    const bid = this.#bids.get(bidId);
    findings.event(subject, 'whether it stands', true, bid !== undefined);
    if (bid === undefined) return;
    findings.event(subject, 'the shards left', bid.shardsLeft - shards, shardsLeft);
    transaction.atEnd(() => {
      // Its client could form more with such nonces by itself.
      findings.books(subject, 'whether agreements answer it', true, (this.#formed.get(bidId) ?? 0) >= shards);
      this.#formed = new Map();
    });
    // Otherwise it is closed next, and all that was behind it goes back at once.
    if (shardsLeft === 0 || bid.terms.rest === REST_REFUND) return;
    bid.shardsLeft = shardsLeft;
    this.#giveBack(subject, bid, bid.reserved * BigInt(shards));
  }

  close({ bidId, refunded }: ArgsOf<'orderBook', 'BidClosed'>): void {
    const { findings } = this.#context;
    const subject = bidName(bidId);
    const bid = this.#bids.get(bidId);
    findings.event(subject, 'whether it stands', true, bid !== undefined);
    if (bid === undefined) return;
    findings.event(subject, 'what goes back', bid.reserved * BigInt(bid.shardsLeft), refunded);
    this.#bids.set(bidId, undefined);
    this.#giveBack(subject, bid, refunded);
  }

  /** An agreement was formed: perhaps as an answer. */
  formed(nonce: bigint): void {
    if (nonce < NONCE_BIT) return;
    const bidId = (nonce - NONCE_BIT) >> SHARD_BITS;
    this.#formed.set(bidId, (this.#formed.get(bidId) ?? 0) + 1);
  }

  #giveBack(subject: string, { client }: ReplayedBid, amount: bigint): void {
    this.#context.transaction.dueFlow('OrderBook', { owner: client }, amount);
    this.#context.ledger.move({ what: 'back from a bid', from: subject, to: `account ${client}`, amount });
  }
}

export function bidName(bidId: bigint): string {
  return `bid ${bidId}`;
}
