import type { BidAnswer } from '../../chain/actions/answer-bid.ts';
import type { AgreementId, Bid, BidTerms, Rest } from '../../market/messages.ts';
import type { ProgressListener } from '../progress.ts';
import type { ProviderFailure } from '../put/plan.ts';
import type { PutComponents } from '../put/put-types.ts';

interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** What a client wants to pay, to whom, and for how long it waits. Money in token wei for one unit and period. */
export interface BidWish {
  startPrice: bigint;
  ceiling: bigint;
  /** Seconds until the price is at its ceiling. */
  climbS: number;
  /** Seconds that the bid stands. */
  standsS: number;
  rest: Rest;
  minScoreBps: number;
  /** 0 = any. */
  region: number;
  collateralPeriods: number;
}

/** A shard of the bid that a provider holds under an agreement. */
export interface TakenShard {
  shardIndex: number;
  provider: number;
  agreement: AgreementId;
  pricePerUnitPeriod: bigint;
}

/** A bid on the chain, and the token wei behind each of its shards. */
export interface Posted {
  bidId: bigint;
  reserved: bigint;
}

/** The chain as a bid needs it, for one client. */
export interface BidChain {
  post(terms: BidTerms, options: CallOptions): Promise<Posted>;
  /**
   * A bid of the client for the object, which an earlier process may have posted.
   * @throws StowError `bid-under-way` while a transaction of the client's waits to be mined, which may be its posting
   */
  find(objectKey: Uint8Array, options: CallOptions): Promise<Posted | undefined>;
  /** Undefined when it is over. */
  bid(bidId: bigint, options: CallOptions): Promise<Bid | undefined>;
  answer(bidId: bigint, answers: readonly BidAnswer[], options: CallOptions): Promise<void>;
  cancel(bidId: bigint, options: CallOptions): Promise<void>;
  /** Running agreements over an object, by shard index: those that count already, or with `newest` those of the newest block too. */
  taken(objectKey: Uint8Array, options: CallOptions & { newest?: boolean }): Promise<TakenShard[]>;
}

export interface BidComponents extends Omit<PutComponents, 'form' | 'bring' | 'clock' | 'holders'> {
  chain: BidChain;
  clock: { nowMs(): number; monotonicMs(): number; sleep(ms: number, options?: CallOptions): Promise<void> };
}

export interface BidInit {
  /** Normalized. */
  name: string;
  k: number;
  n: number;
  periods: number;
  wish: BidWish;
  /** Ceiling for rent and burn of all shards together, token wei. */
  maxTotal?: bigint | undefined;
  /** Absolute path of the file or folder, by which an unfinished put is found again. */
  path?: string | undefined;
  signal: AbortSignal;
  onProgress?: ProgressListener | undefined;
}

/**
 * `filled`: every shard is taken. `partly`: some are, and the rest went back. `untaken`: nobody took any, and every token behind the
 * bid is the client's again.
 */
export type BidOutcome = 'filled' | 'partly' | 'untaken';

export interface BidResult {
  outcome: BidOutcome;
  bidId: bigint;
  objectKey: Uint8Array;
  name: string;
  plainBytes: number;
  k: number;
  n: number;
  taken: readonly TakenShard[];
  /** Token wei that were behind shards that nobody took, and are the client's again. */
  refunded: bigint;
  /** Providers that refused or failed on the way. */
  failures: readonly ProviderFailure[];
}
