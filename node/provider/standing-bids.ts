import type { PostedBid } from '../chain/actions/read-newest-bids.ts';
import type { Logger } from '../core/logger.ts';
import { bidPrice } from '../market/bid-price.ts';
import { type BidPolicy, failedBidRules } from '../market/bid-rule.ts';
import { type BidderComponents, readBidderView } from './bidder-view.ts';
import type { ChainClock, Head } from './chain-clock.ts';
import { BIDS_LOOK_BLOCKS, BIDS_LOOKED_AT } from './limits.ts';
import type { ProviderChain } from './provider-chain.ts';
import { Turns } from './turns.ts';

export interface StandingBidsComponents extends BidderComponents {
  chain: Pick<ProviderChain, 'newestBids' | 'lockable' | 'reputation'>;
  chainClock: Pick<ChainClock, 'subscribe' | 'head'>;
  logger: Logger;
}

export interface StandingBidsInit {
  policy: BidPolicy;
  /** Declared region of the provider, 0 for none. */
  region: number;
}

/** Demand that this provider could serve. */
export interface BidDemand {
  /** Bids that stand and fit. */
  bids: number;
  /** Of theirs, shards that nobody has yet. */
  shards: number;
  /** The most that one of them pays now, token wei for one unit and period; 0 without any. */
  bestPrice: bigint;
}

/**
 * The bids that stand and that the operator's rule would take, as the chain shows them. Only to be shown: a shard can come from the bid's client
 * alone, which offers it to every provider that fits for as long as it runs, and cannot be reached when it does not.
 */
export class StandingBids {
  readonly #components: StandingBidsComponents;
  readonly #init: StandingBidsInit;
  readonly #turns: Turns;
  #fitting: readonly PostedBid[] = [];
  #nextBlock = 0n;

  constructor(components: StandingBidsComponents, init: StandingBidsInit) {
    this.#components = components;
    this.#init = init;
    this.#turns = new Turns(components, 'standing-bids', (head, signal) => this.#turn(head, signal));
  }

  start(): void {
    if (this.#init.policy.accept) this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  /** As of the last look; those that have run out since are left out. */
  get demand(): BidDemand {
    const { timestampS } = this.#components.chainClock.head;
    const standing = this.#fitting.filter(({ bid }) => timestampS < bid.terms.expiry);
    return {
      bids: standing.length,
      shards: standing.reduce((sum, { bid }) => sum + bid.shardsLeft, 0),
      bestPrice: standing.map(({ bid }) => bidPrice(bid, timestampS)).reduce((a, b) => (a > b ? a : b), 0n),
    };
  }

  async #turn(head: Head, signal: AbortSignal): Promise<void> {
    const { block } = head;
    if (block < this.#nextBlock) return;
    const { policy, region } = this.#init;
    const [bids, view] = await Promise.all([
      this.#components.chain.newestBids(BIDS_LOOKED_AT, signal),
      readBidderView(this.#components, region, head, signal),
    ]);
    this.#fitting = bids.filter(({ bid }) => failedBidRules(bid, policy, view).length === 0);
    this.#nextBlock = block + BIDS_LOOK_BLOCKS;
  }
}
