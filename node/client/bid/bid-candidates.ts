import { isAddressEqual } from 'viem/utils';

import { collateralAt } from '../../market/bid-rule.ts';
import { distanceShare, placementTarget, xorDistance } from '../../market/distance.ts';
import { failedAskRules } from '../../market/eligibility.ts';
import type { Address, BidTerms } from '../../market/messages.ts';
import type { KnownProvider } from '../market-view.ts';

export interface CandidateRequest {
  terms: BidTerms;
  client: Address;
  objectKey: Uint8Array;
  /** Unix seconds of the chain. */
  time: number;
  /** Operators that hold a shard of the object. */
  takenOperators: ReadonlySet<string>;
  /** Providers that refused or failed. */
  excluded: ReadonlySet<number>;
}

/**
 * Providers that a shard of a bid may be offered to, the most promising first: those that ask little, as they will take the bid
 * early; then those that ask nothing fitting, close to the shard's place. The contract's own conditions are met by all of them as far
 * as the client can see.
 */
export function bidCandidates(
  providers: readonly KnownProvider[],
  shardIndex: number,
  request: CandidateRequest,
): KnownProvider[] {
  const target = placementTarget(request.objectKey, shardIndex);
  return providers
    .flatMap((provider) => {
      const { placementId } = provider;
      if (placementId === undefined || !couldAnswer(provider, request)) return [];
      const distance = distanceShare(xorDistance(target, placementId));
      return [{ provider, price: leastAsk(provider, request), distance }];
    })
    .toSorted((a, b) => comparePrices(a.price, b.price) || a.distance - b.distance)
    .map(({ provider }) => provider);
}

function couldAnswer(provider: KnownProvider, request: CandidateRequest): boolean {
  const { terms, client, takenOperators, excluded } = request;
  return (
    !provider.failed &&
    !excluded.has(provider.id) &&
    !takenOperators.has(provider.operator.toLowerCase()) &&
    !isAddressEqual(provider.operator, client) &&
    (terms.region === 0 || provider.region === terms.region) &&
    provider.freeCapacity >= terms.units &&
    provider.lockable >= collateralAt(terms.startPrice, terms)
  );
}

/** The least of the provider's asks that such a shard could take; undefined when it has none. */
function leastAsk(provider: KnownProvider, { terms, time }: CandidateRequest): bigint | undefined {
  const { units, periods } = terms;
  const prices = provider.asks
    .filter(({ ask }) => {
      const clientDeposit = ask.minClientDeposit;
      return failedAskRules(provider, ask, { units, periods, time, clientDeposit }).length === 0;
    })
    .map(({ ask }) => ask.pricePerUnitPeriod);
  return prices.toSorted((a, b) => (a < b ? -1 : 1))[0];
}

function comparePrices(a: bigint | undefined, b: bigint | undefined): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? 1 : -1;
  return a < b ? -1 : 1;
}
