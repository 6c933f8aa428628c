import type { AgreementRow } from '../../chain/market-index.ts';
import { isStowError } from '../../core/errors.ts';
import type { AgreementId, Bid } from '../../market/messages.ts';
import { quote } from '../../market/quote.ts';
import type { FormerBids } from './move-shards.ts';

export interface RepairBidsComponents {
  /** The bid that was posted for a failed agreement's shard. */
  repair: (lost: AgreementId, options: { signal: AbortSignal }) => Promise<{ bidId: bigint } | undefined>;
  /** Undefined when the bid is over. */
  bid: (bidId: bigint, options: { signal: AbortSignal }) => Promise<Pick<Bid, 'terms'> | undefined>;
  cancel: (bidId: bigint, options: { signal: AbortSignal }) => Promise<void>;
}

/**
 * The bids that others posted for lost shards while their owner was away. `Repairs` posts one for a failed agreement and never a second, so each
 * stands until its shard has another provider that signed: only then would two come for one place.
 */
export class RepairBids implements FormerBids {
  readonly #components: Pick<RepairBidsComponents, 'cancel'>;
  /** By shard; `locked` is rent and burn at the ceiling, token wei. */
  readonly #standing: ReadonlyMap<number, { bidId: bigint; locked: bigint }>;

  private constructor(
    components: RepairBidsComponents,
    standing: ReadonlyMap<number, { bidId: bigint; locked: bigint }>,
  ) {
    this.#components = components;
    this.#standing = standing;
  }

  /** @param burnBps share of a price that is burned at signing, 1/10,000 */
  static async read(
    components: RepairBidsComponents,
    lost: readonly Pick<AgreementRow, 'id' | 'shardIndex'>[],
    { burnBps, signal }: { burnBps: bigint; signal: AbortSignal },
  ): Promise<RepairBids> {
    const standing = new Map<number, { bidId: bigint; locked: bigint }>();
    for (const { id, shardIndex } of lost) {
      const posted = await components.repair(id, { signal });
      const bid = posted === undefined ? undefined : await components.bid(posted.bidId, { signal });
      if (posted === undefined || bid === undefined) continue;
      const { units, periods, ceiling: pricePerUnitPeriod } = bid.terms;
      const { total } = quote({ shards: [{ units, periods, pricePerUnitPeriod }], burnBps, holdbackBps: 0n });
      standing.set(shardIndex, { bidId: posted.bidId, locked: total });
    }
    return new RepairBids(components, standing);
  }

  lockedFor(shards: Iterable<number>): bigint {
    return [...shards].reduce((sum, shard) => sum + (this.#standing.get(shard)?.locked ?? 0n), 0n);
  }

  async cancel(shards: Iterable<number>, options: { signal: AbortSignal }): Promise<void> {
    for (const shard of shards) {
      const bid = this.#standing.get(shard);
      if (bid === undefined) continue;
      try {
        await this.#components.cancel(bid.bidId, options);
      } catch (error) {
        options.signal.throwIfAborted();
        // It was answered in between: the shard has a provider, and forming another agreement for it is refused.
        if (!isStowError(error, 'order-book-unknown-bid')) throw error;
      }
    }
  }
}
