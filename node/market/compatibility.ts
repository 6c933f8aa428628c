import type { Ask } from './messages.ts';
import { formatTokens } from './money.ts';

/** What an agreement would take of an ask. The same values that `OrderBook.fill` gets, and the time that it reads. */
export interface Fill {
  readonly provider: number;
  readonly units: number;
  readonly periods: number;
  /** Token wei for one unit and period. */
  readonly pricePerUnitPeriod: bigint;
  readonly collateralPeriods: number;
  /** The client's available escrow balance before the batch, token wei. */
  readonly clientDeposit: bigint;
  /** Unix seconds of the block. */
  readonly time: number;
}

/** Names of the conditions, in the order in which `OrderBook.fill` checks them; each is the name of its error there. */
export const FILL_RULES = [
  'UnknownAsk',
  'WrongProvider',
  'AskExpired',
  'UnitsOutOfRange',
  'CapacityExceeded',
  'PeriodsOutOfRange',
  'PriceBelowAsk',
  'CollateralBelowAsk',
  'DepositBelowAsk',
] as const;

export type FillRule = (typeof FILL_RULES)[number];

export interface FailedRule<name extends string = FillRule> {
  readonly rule: name;
  /** What the rule wants and what it got, as it reads after "ask 7: ". */
  readonly sentence: string;
}

/**
 * Every condition of an ask that a fill does not meet, in the contract's order: empty when the fill would succeed, and otherwise the
 * first is the error that `OrderBook.fill` reverts with. Each condition stands here and there alike; a test feeds both the same.
 */
export function failedFillRules(ask: Ask, fill: Fill): FailedRule[] {
  if (ask.provider === 0) return [{ rule: 'UnknownAsk', sentence: 'it does not exist or was withdrawn' }];
  const failed: FailedRule[] = [];
  for (const [rule, holds, sentence] of conditions(ask, fill)) {
    if (!holds) failed.push({ rule, sentence: sentence() });
  }
  return failed;
}

/** The sentences are made only for what failed: a quote looks at thousands of asks that fit. */
function conditions(ask: Ask, fill: Fill): [FillRule, boolean, () => string][] {
  return [
    [
      'WrongProvider',
      ask.provider === fill.provider,
      () => `it belongs to provider ${ask.provider}, not to provider ${fill.provider}`,
    ],
    ['AskExpired', fill.time < ask.expiry, () => `it ran out ${fill.time - ask.expiry} s ago`],
    [
      'UnitsOutOfRange',
      fill.units >= ask.minUnits && fill.units <= ask.maxUnits,
      () => `it takes shards of ${ask.minUnits} to ${ask.maxUnits} units, and the shard has ${fill.units}`,
    ],
    [
      'CapacityExceeded',
      fill.units <= ask.unitsLeft,
      () => `it has ${ask.unitsLeft} units left, and the shard has ${fill.units}`,
    ],
    [
      'PeriodsOutOfRange',
      fill.periods >= ask.minPeriods && fill.periods <= ask.maxPeriods,
      () => `it takes terms of ${ask.minPeriods} to ${ask.maxPeriods} periods, not of ${fill.periods}`,
    ],
    [
      'PriceBelowAsk',
      fill.pricePerUnitPeriod >= ask.pricePerUnitPeriod,
      () =>
        `it wants ${formatTokens(ask.pricePerUnitPeriod)} a unit and period, not ${formatTokens(fill.pricePerUnitPeriod)}`,
    ],
    [
      'CollateralBelowAsk',
      fill.collateralPeriods >= ask.collateralPeriods,
      () =>
        `it offers a collateral of ${ask.collateralPeriods} periods of rent, and the agreement has ${fill.collateralPeriods}`,
    ],
    [
      'DepositBelowAsk',
      fill.clientDeposit >= ask.minClientDeposit,
      () =>
        `it wants clients with ${formatTokens(ask.minClientDeposit)} in escrow, and there are ${formatTokens(fill.clientDeposit)}`,
    ],
  ];
}
