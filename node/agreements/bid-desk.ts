import { isAddressEqual } from 'viem/utils';

import type { StowError } from '../core/errors.ts';
import { failedAnswerRules } from '../market/bid-compatibility.ts';
import { failedBidRules, type BidPolicy } from '../market/bid-rule.ts';
import type { Bid, StorageAgreement } from '../market/messages.ts';
import { isWanted } from '../market/shard-tree.ts';
import { RESERVATION_IDLE_S } from './limits.ts';
import type { ReserveMessage } from './messages.ts';
import { refusal } from './refusals.ts';
import type { OpenReservation, ReservationBook } from './reservation.ts';

export interface BidDeskComponents {
  chain: {
    nowS(): number;
    /** Undefined when the bid is over or was never posted. */
    bid(bidId: bigint, signal?: AbortSignal): Promise<Bid | undefined>;
    lockable(signal?: AbortSignal): Promise<bigint>;
    /** The provider's own score now, from 0 to 1. */
    score(signal?: AbortSignal): Promise<number>;
  };
  book: Pick<ReservationBook, 'totals'>;
  room: { freeUnits(): number };
}

export interface BidDeskInit {
  policy: BidPolicy;
  /** Declared region of the provider, 0 for none. */
  region: number;
}

/** What a shard of a bid is taken at. */
export type BidOffer = Pick<OpenReservation, 'pricePerUnitPeriod' | 'collateralPeriods' | 'bid' | 'expiresAt'>;

/** Decides by the operator's own rule which shards of bids a provider takes in. */
export class BidDesk {
  readonly #components: BidDeskComponents;
  readonly #init: BidDeskInit;

  constructor(components: BidDeskComponents, init: BidDeskInit) {
    this.#components = components;
    this.#init = init;
  }

  /**
   * Nothing is promised that the bid could never take: a promise holds stake until its deadline. The price may be what the bid pays at
   * its end, as its client may see a newer block.
   * @throws StowError `reserve-bid-unknown`, `sign-terms`
   */
  async requireAnswers(agreement: StorageAgreement, signal?: AbortSignal): Promise<void> {
    const { bidId } = agreement;
    const bid = await this.#components.chain.bid(bidId, signal);
    if (bid === undefined) throw unknownBid(bidId);
    const [failed] = failedAnswerRules(bid, bidId, bid.terms.ceiling, agreement);
    if (failed !== undefined) throw unformable(bidId, failed.sentence);
  }

  /** @throws StowError `reserve-bid-unknown`, `reserve-bid-unfit` */
  async consider({ request, shard }: ReserveMessage, signal?: AbortSignal): Promise<BidOffer> {
    const { chain, room, book } = this.#components;
    const { policy, region } = this.#init;
    const { bidId, shardIndex } = request;
    const bid = await chain.bid(bidId, signal);
    if (bid === undefined || !isAddressEqual(bid.client, request.client)) throw unknownBid(bidId);
    const { terms } = bid;
    const differs = (['objectKey', 'units', 'periods'] as const).find((field) => terms[field] !== request[field]);
    if (differs !== undefined) throw unfit(bidId, `its ${differs} is ${terms[differs]}, not ${request[differs]}`);
    if (shard === undefined || !isWanted(terms.shardsRoot, { shardIndex, shardRoot: shard.root }, shard.proof)) {
      throw unfit(bidId, `it does not want this shard ${shardIndex}`);
    }
    const [lockable, score] = await Promise.all([
      chain.lockable(signal),
      terms.minScoreBps === 0 ? 0 : chain.score(signal),
    ]);
    const time = chain.nowS();
    const view = {
      region,
      score,
      freeUnits: room.freeUnits(),
      lockable: lockable - book.totals().signedCollateral,
      time,
    };
    const [failed] = failedBidRules(bid, policy, view);
    if (failed !== undefined) throw unfit(bidId, `${failed.sentence} [${failed.rule}]`);
    return {
      pricePerUnitPeriod: policy.minPrice,
      collateralPeriods: terms.collateralPeriods,
      bid: { ...shard, bidExpiry: terms.expiry },
      expiresAt: Math.min(time + RESERVATION_IDLE_S, terms.expiry),
    };
  }
}

function unformable(bidId: bigint, sentence: string): StowError {
  return refusal(
    'sign-terms',
    `bid ${bidId} could not be answered with it: ${sentence}`,
    'make the agreement from the bid as it stands on chain',
  );
}

function unknownBid(bidId: bigint): StowError {
  return refusal('reserve-bid-unknown', `bid ${bidId} is over, or is not this client's`, 'post a bid first');
}

function unfit(bidId: bigint, sentence: string): StowError {
  return refusal('reserve-bid-unfit', `bid ${bidId}: ${sentence}`, 'offer the shard to another provider');
}
