import { compensates, endOf } from './agreements.ts';
import { type BidTerms, postBidFor, RESTS } from './bids.ts';
import type { Market } from './market.ts';
import { need } from './refusal.ts';
import { type Address, BPS, type Hex, type Undoable, copyRecords } from './types.ts';

export interface RepairParams {
  /** The contract, which posts as a session key of its clients. */
  contract: Address;
  bountyBps: number;
  climbSeconds: number;
  windowSeconds: number;
  compensationBps: number;
}

/** What a bid was posted for. */
export interface Repair {
  client: Address;
  objectKey: Hex;
  shardIndex: number;
  bidId: bigint;
}

const MAX_UINT64 = 2n ** 64n - 1n;

/** The records of IRepairs: failed agreements for whose shards a bid was posted. */
export class Repairs implements Undoable {
  readonly params: RepairParams;
  #repairs = new Map<bigint, Repair>();

  constructor(params: RepairParams) {
    this.params = params;
  }

  save(): () => void {
    const repairs = copyRecords(this.#repairs);
    return () => {
      this.#repairs = repairs;
    };
  }

  get(lost: bigint): Repair | undefined {
    return this.#repairs.get(lost);
  }

  put(lost: bigint, repair: Repair): void {
    this.#repairs.set(lost, repair);
  }

  all(): [bigint, Repair][] {
    return [...this.#repairs];
  }
}

/** IRepairs.post: a bid for the shard of a failed agreement, out of its client's account. `shardsRoot` is made of the one shard. */
export function postRepair(
  market: Market,
  lost: bigint,
  client: Address,
  objectKey: Hex,
  rootOfOne: (shardIndex: number, shardRoot: Hex) => Hex,
): void {
  const { agreements, bids, clock, duties, repairs } = market;
  const posted = repairs.get(lost);
  need(posted === undefined, 'Repairs_AlreadyPosted', lost, posted?.bidId);
  const agreement = agreements.all().find(({ id }) => id === lost);
  need(agreement?.status === 'Failed', 'Repairs_NotFailed', lost);
  const { shardIndex, price, rent, collateralPeriods } = agreement;
  need(agreements.holder(client, objectKey, shardIndex) === lost, 'Repairs_WrongObject', lost, client, objectKey);
  const periods = endOf(agreement) - clock.period - 1;
  need(periods > 0, 'Repairs_TermOver', lost, endOf(agreement), clock.period);

  const shardRoot = duties.holding(lost)?.root;
  if (shardRoot === undefined) throw new Error(`${lost} has no root`);
  const { bountyBps, climbSeconds, windowSeconds, compensationBps, contract } = repairs.params;
  // What the client got for the whole collateral, if it got anything, and the share of it that is offered again, beside the rent that was left; the burn comes out of that.
  const compensation = compensates(agreement) ? (price * collateralPeriods * BigInt(compensationBps)) / BPS : 0n;
  const most = price * BigInt(periods) + (compensation * BigInt(bountyBps)) / BPS;
  const exact = (most * BPS) / ((BPS + BigInt(agreements.params.burnBps)) * BigInt(periods));
  const ceiling = exact < MAX_UINT64 ? exact : MAX_UINT64;
  const terms: BidTerms = {
    objectKey,
    shardsRoot: rootOfOne(shardIndex, shardRoot),
    units: Number(rent / price),
    periods,
    shards: 1,
    rest: RESTS.indexOf('Stand'),
    region: 0,
    minScoreBps: 0,
    collateralPeriods: Number(collateralPeriods),
    expiry: clock.time + windowSeconds,
    climbSeconds,
    startPrice: price < ceiling ? price : ceiling,
    ceiling,
  };
  postBidFor(market, client, contract, terms, [{ shardIndex, shardRoot }]);
  repairs.put(lost, { client, objectKey, shardIndex, bidId: bids.count });
}
