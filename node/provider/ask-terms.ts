import type { ProviderConfig } from '../config/provider-config.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import { UNIT_BYTES, unitsForBytes } from '../core/units.ts';
import { collateralPeriodsFor } from '../market/collateral.ts';
import { unitPriceOfGibPrice } from '../market/money.ts';
import type { BidPolicy } from '../market/bid-rule.ts';
import type { AskTerms } from './ask-keeper.ts';

const SECOND_MS = 1_000;
const BPS_PER_PERCENT = 100;
/** The contract takes premiums from half the index to twice. */
const MIN_PREMIUM_BPS = 5_000;

/** The configured ask in the chain's units. @throws StowError `config-ask` for terms that no agreement could meet */
export function askTermsOf(ask: ProviderConfig['ask']): AskTerms {
  const terms = {
    pricePerUnitPeriod: unitPriceOfGibPrice(ask.pricePerGibPeriod),
    minUnits: Math.max(1, unitsForBytes(ask.minShard)),
    maxUnits: Math.floor(ask.maxShard / UNIT_BYTES),
    collateralPeriods: ask.collateralPeriods ?? collateralPeriodsFor(ask.maxPeriods),
    minPeriods: ask.minPeriods,
    maxPeriods: ask.maxPeriods,
    region: ask.region,
    minClientDeposit: ask.minClientDeposit,
    retrievalPricePerMiB: ask.retrievalPricePerMib,
    premiumBps: ask.premiumPercent * BPS_PER_PERCENT,
    ceiling: ask.premiumPercent === 0 ? 0n : unitPriceOfGibPrice(ask.ceilingPerGibPeriod),
  };
  if (terms.pricePerUnitPeriod === 0n) throw badAsk('ask.price-per-gib-period is zero', 'ask for more than nothing');
  if (terms.minUnits > terms.maxUnits) throw badAsk('ask.min-shard is above ask.max-shard', 'set it below');
  if (terms.minPeriods > terms.maxPeriods) throw badAsk('ask.min-periods is above ask.max-periods', 'set it below');
  if (terms.premiumBps === 0) return terms;
  if (terms.premiumBps < MIN_PREMIUM_BPS) throw badAsk('ask.premium-percent is below 50', 'set it to 0, or 50 to 200');
  if (terms.ceiling < terms.pricePerUnitPeriod) {
    throw badAsk('ask.ceiling-per-gib-period is below ask.price-per-gib-period', 'set it above');
  }
  return terms;
}

/** Bids as far as they are to be answered: whoever has no ask stores nothing by them either. */
export function bidsOf({ ask, bids }: Pick<ProviderConfig, 'ask' | 'bids'>): ProviderConfig['bids'] {
  return ask.publish === 'none' ? { ...bids, accept: false } : bids;
}

/** When bids are answered: the sizes and terms are the ask's. */
export function bidPolicyOf(bids: ProviderConfig['bids'], terms: AskTerms): BidPolicy {
  const { minPricePerGibPeriod: least } = bids;
  const { minUnits, maxUnits, minPeriods, maxPeriods } = terms;
  return {
    accept: bids.accept,
    minPrice: least === undefined ? terms.pricePerUnitPeriod : unitPriceOfGibPrice(least),
    minUnits,
    maxUnits,
    minPeriods,
    maxPeriods,
    maxCollateralPeriods: bids.maxCollateralPeriods,
    maxWaitS: Math.floor(bids.maxWait / SECOND_MS),
  };
}

/**
 * When bids for lost shards are answered: as others, and however long they stand, as nothing is kept for them. They want the collateral that the
 * failed agreement had; what the ask gives is given here, too.
 */
export function repairPolicyOf(bids: ProviderConfig['bids'], terms: AskTerms): BidPolicy {
  const policy = bidPolicyOf(bids, terms);
  return {
    ...policy,
    accept: bids.accept && bids.repair,
    maxCollateralPeriods: Math.max(policy.maxCollateralPeriods, terms.collateralPeriods),
    maxWaitS: Infinity,
  };
}

/** What is sold, in whole units. @throws StowError `config-ask` */
export function capacityUnitsOf(ask: ProviderConfig['ask']): number {
  const units = Math.floor(ask.capacity / UNIT_BYTES);
  // The contract's counters have 32 bits: 256 TiB per provider.
  if (units < 1 || units >= 2 ** 32) throw badAsk('ask.capacity is not between 64 KiB and 256 TiB', 'set it within');
  return units;
}

/** What is kept of others' shards, in whole units. @throws StowError `config-cache` */
export function cacheUnitsOf({ size }: ProviderConfig['cache']): number {
  const units = Math.floor(size / UNIT_BYTES);
  if (units < 2 ** 32) return units;
  throw new StowError({
    code: 'config-cache',
    message: 'cache.size is above 256 TiB',
    hint: 'set it below',
    exitCode: ExitCode.usage,
  });
}

function badAsk(message: string, hint: string): StowError {
  return new StowError({ code: 'config-ask', message, hint, exitCode: ExitCode.usage });
}
