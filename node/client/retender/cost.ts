import { allIn } from '../../market/all-in.ts';
import { BPS } from '../../market/money.ts';
import { quote } from '../../market/quote.ts';
import type { MarketTerms } from '../market-view.ts';

/**
 * Gas of one shard's transactions, measured on the contracts and rounded up. Forming is reckoned as if every shard were formed alone: which
 * ones go together shows only when they move.
 */
const NOTICE_GAS = 60_000n;
const TOP_UP_GAS = 120_000n;
const END_GAS = 210_000n;
const FORM_GAS = 300_000n;

/** What money is worth now, beside the prices of asks. */
export interface CostTerms {
  market: Pick<MarketTerms, 'burnBps' | 'holdbackBps'>;
  /** Wei of the chain's coin per gas. */
  gasPrice: bigint;
  /** What one coin is worth in tokens, token wei; undefined when nobody said: gas then counts nothing. */
  tokensPerCoin: bigint | undefined;
}

/** What one way to go on with a shard costs, token wei. */
export interface Cost {
  rent: bigint;
  burn: bigint;
  gas: bigint;
  total: bigint;
}

/** Keeping a shard beside moving it, over the same number of periods. */
export interface Comparison {
  periods: number;
  keep: Cost;
  move: Cost;
  /** Token wei; below 0 when moving costs more. */
  saving: bigint;
}

interface Bought {
  units: number;
  periods: number;
  pricePerUnitPeriod: bigint;
}

/** Keeping a running agreement: its rent is locked and its burn burned, so that nothing but the rent could come back. */
export function costOfKeeping({ units, periods, pricePerUnitPeriod }: Bought): Cost {
  const rent = BigInt(units) * BigInt(periods) * pricePerUnitPeriod;
  return { rent, burn: 0n, gas: 0n, total: rent };
}

export function costOfRenewing(bought: Bought, terms: CostTerms): Cost {
  return costOf(bought, TOP_UP_GAS, terms);
}

/** @param early whether notice has to be given first */
export function costOfMoving(bought: Bought, early: boolean, terms: CostTerms): Cost {
  return costOf(bought, (early ? NOTICE_GAS : 0n) + END_GAS + FORM_GAS, terms);
}

export function compare(periods: number, keep: Cost, move: Cost): Comparison {
  return { periods, keep, move, saving: keep.total - move.total };
}

/** Whether a saving reaches the margin. */
export function isWorthMoving({ keep, saving }: Comparison, marginBps: bigint): boolean {
  return saving > 0n && saving * BPS >= keep.total * marginBps;
}

function costOf(bought: Bought, gasUnits: bigint, { market, gasPrice, tokensPerCoin }: CostTerms): Cost {
  const { rent, burn, total: storage } = quote({ shards: [bought], ...market });
  const { gas = 0n, total } = allIn({
    storage,
    k: 1,
    units: bought.units,
    // What is read costs the same wherever it lies, as far as anybody can tell beforehand.
    reads: 0,
    retrievalPrices: [],
    gasWei: gasUnits * gasPrice,
    tokensPerCoin,
  });
  return { rent, burn, gas, total };
}
