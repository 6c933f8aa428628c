import type { ShardPlacement } from '../../market/placement.ts';
import { offerFor } from './offer.ts';
import type { PlanMarket, PlanRequest } from './plan.ts';

/** The dearest n of the shards that were started: whichever n are kept, they cost no more. */
export function worstOf(
  placements: readonly ShardPlacement[],
  request: PlanRequest,
  market: Pick<PlanMarket, 'terms'>,
): ShardPlacement[] {
  const priceOf = ({ chosen }: ShardPlacement): bigint => offerFor(chosen, request, market.terms).pricePerUnitPeriod;
  return placements
    .toSorted((a, b) => (priceOf(a) < priceOf(b) ? 1 : priceOf(a) > priceOf(b) ? -1 : 0))
    .slice(0, request.n);
}
