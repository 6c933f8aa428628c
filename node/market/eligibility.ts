import { type FailedRule, type FillRule, failedFillRules } from './compatibility.ts';
import type { Address, Ask, SignedOffer } from './messages.ts';
import { formatTokens } from './money.ts';
import type { Service } from './service.ts';

export interface PostedAsk {
  readonly askId: bigint;
  readonly ask: Ask;
  /** What brings it to the book before it is taken; undefined for an ask that stands there. */
  readonly offer?: SignedOffer | undefined;
}

/** A provider as placement sees it: what the chain says of it, and what the client has measured. */
export interface PlacementProvider {
  readonly id: number;
  readonly operator: Address;
  /** 32 bytes, or undefined while the registry has not assigned it. */
  readonly placementId: Uint8Array | undefined;
  /** Failed for good: no agreement can be formed with it any more. */
  readonly failed: boolean;
  /** Stake that a new agreement could lock, token wei. */
  readonly lockable: bigint;
  /** Units that it may hold beyond those that it holds. */
  readonly freeCapacity: number;
  /** Reputation from 0 to 1. */
  readonly score: number;
  /** Measured round trip; undefined when not measured. */
  readonly latencyMs?: number | undefined;
  /** What receipts of paid reads say of it; undefined where there are none. */
  readonly service?: Service | undefined;
  /** From 0 to 1, by them; see `slownessOf`. */
  readonly slowness?: number | undefined;
  readonly asks: readonly PostedAsk[];
}

/** What the client wants of every shard of an object. All shards of an object have the same size. */
export interface ShardRequest {
  readonly units: number;
  readonly periods: number;
  /** Available escrow balance, token wei. */
  readonly clientDeposit: bigint;
  /** Unix seconds of the chain's newest block. */
  readonly time: number;
  /** Ceiling, token wei for one unit and period. */
  readonly maxPricePerUnitPeriod?: bigint | undefined;
  /** Accept only these declared regions (ISO 3166-1 numeric). */
  readonly regions?: ReadonlySet<number> | undefined;
}

/** Conditions beyond the ask's own: the provider's, and the client's. */
export type EligibilityRule =
  | FillRule
  | 'PlacementMissing'
  | 'ProviderFailed'
  | 'NoAsk'
  | 'PriceAboveLimit'
  | 'RegionExcluded'
  | 'ProviderFull'
  | 'StakeTooLow';

export type FailedEligibility = FailedRule<EligibilityRule>;

/** Why a provider could take no shard at all, whichever of its asks; empty when nothing stands against it. */
export function failedProviderRules(provider: PlacementProvider): FailedEligibility[] {
  const failed: FailedEligibility[] = [];
  if (provider.placementId === undefined) {
    failed.push({ rule: 'PlacementMissing', sentence: 'the registry has not assigned its placement id yet' });
  }
  if (provider.failed) failed.push({ rule: 'ProviderFailed', sentence: 'it failed for good' });
  if (provider.asks.length === 0) failed.push({ rule: 'NoAsk', sentence: 'it has no ask in the order book' });
  return failed;
}

/** Why an ask does not suit a request when it is taken at its own price and collateral; empty when it does. */
export function failedAskRules(provider: PlacementProvider, ask: Ask, request: ShardRequest): FailedEligibility[] {
  const failed: FailedEligibility[] = failedFillRules(ask, {
    provider: provider.id,
    units: request.units,
    periods: request.periods,
    pricePerUnitPeriod: ask.pricePerUnitPeriod,
    collateralPeriods: ask.collateralPeriods,
    clientDeposit: request.clientDeposit,
    time: request.time,
  });
  const max = request.maxPricePerUnitPeriod;
  if (max !== undefined && ask.pricePerUnitPeriod > max) {
    const sentence = `it wants ${formatTokens(ask.pricePerUnitPeriod)} a unit and period, above the client's limit of ${formatTokens(max)}`;
    failed.push({ rule: 'PriceAboveLimit', sentence });
  }
  if (request.regions !== undefined && !request.regions.has(ask.region)) {
    failed.push({ rule: 'RegionExcluded', sentence: `its region ${ask.region} is not among the client's` });
  }
  if (request.units > provider.freeCapacity) {
    const sentence = `its declared and bonded capacity has room for ${provider.freeCapacity} units, and the shard has ${request.units}`;
    failed.push({ rule: 'ProviderFull', sentence });
  }
  const collateral = collateralOf(ask, request.units);
  if (collateral > provider.lockable) {
    const sentence = `the agreement locks ${formatTokens(collateral)} of collateral, and the provider has ${formatTokens(provider.lockable)} of free stake`;
    failed.push({ rule: 'StakeTooLow', sentence });
  }
  return failed;
}

/** Collateral of an agreement that takes an ask as it stands: whole periods of its rent, token wei. */
export function collateralOf(ask: Ask, units: number): bigint {
  return ask.pricePerUnitPeriod * BigInt(units) * BigInt(ask.collateralPeriods);
}
