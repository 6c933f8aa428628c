import { ceilDiv } from './money.ts';

/** Fractions of one: 1e18. */
const WAD = 10n ** 18n;
/** One, in the shares that the contract stores. */
export const SHARE = 10n ** 9n;
const WAD_PER_SHARE = WAD / SHARE;
/** Parts of a token wei in the stored index. */
export const INDEX_SCALE = 10n ** 9n;
/** One period counts as at most three times the capacity sold. */
const MAX_FLOW = 3n * SHARE;
/** A uint88. */
const MAX_SOLD = 2n ** 88n - 1n;
/** Of a stretch in which nothing happened, so many periods count. */
const MAX_IDLE = 168;
/** How many times its start, and what part of it, the index may reach. */
const RANGE = 10n;

/** What a deployment fixes of its price index. All but the price are fractions of 1e18. */
export interface PriceIndexParams {
  /** Token wei for one unit and period. */
  readonly startPrice: bigint;
  readonly target: bigint;
  readonly step: bigint;
  readonly flowDecay: bigint;
  readonly curve: bigint;
}

/** With the clock that its periods follow. */
export interface PriceIndexRule extends PriceIndexParams {
  /** Blocks in a period. */
  readonly periodBlocks: bigint;
}

/** The index up to one period, and what has happened in that period. */
export interface PriceIndexState {
  /** Token wei × 1e9 for one unit and period. */
  readonly index: bigint;
  readonly period: number;
  /** Units under agreements, and units of bonded capacity. */
  readonly committed: bigint;
  readonly bonded: bigint;
  /** Moving average of sales over capacity, of 1e9. */
  readonly flow: bigint;
  /** Averaged over the last period, of 1e9. */
  readonly utilisation: bigint;
  /** Rent agreed in the period so far, over whole terms, token wei. */
  readonly sold: bigint;
  /** Utilisation (of 1e9) x blocks, over the blocks of the period that are counted: those before the last change. */
  readonly weighed: bigint;
  readonly blocks: bigint;
}

/** The index as it begins. */
export function newPriceIndex({ startPrice, target }: PriceIndexParams, period: number): PriceIndexState {
  return {
    index: startPrice * INDEX_SCALE,
    period,
    committed: 0n,
    bonded: 0n,
    flow: 0n,
    utilisation: target / WAD_PER_SHARE,
    sold: 0n,
    weighed: 0n,
    blocks: 0n,
  };
}

/**
 * The index brought up to `period`. The first period that went by counts by its average utilisation and with its sales, the others as idle, by
 * what held at its end: f' = f d + min(3, sold / (quote × bonded)) (1 - d), then f' d for each idle one; s = (min(1, f) + u) / 2; the index grows by
 * step × e a period, e = (s - t) / (1 - t) above the target t and (s - t) / t below it, and stays between a tenth and ten times its start. The
 * same digits as `PriceIndex.sol`.
 */
export function rollPriceIndex(state: PriceIndexState, rule: PriceIndexRule, period: number): PriceIndexState {
  if (period <= state.period) return state;
  const fresh = { ...state, period, sold: 0n, weighed: 0n, blocks: 0n };
  // Without capacity there is no utilisation, and the price stays.
  if (state.bonded === 0n) return fresh;
  const { flowDecay: decay, periodBlocks } = rule;
  const last = utilisationOf(state);
  const average = (state.weighed + last * (periodBlocks - state.blocks)) / periodBlocks;
  const sold = least((state.sold * SHARE) / (quoteOf(state, rule) * state.bonded), MAX_FLOW);
  const flow = (state.flow * decay + sold * (WAD - decay)) / WAD;
  const index = indexAfter(state.index, rule, { utilisation: average, flow, periods: 1 });
  const idle = Math.min(period - state.period, MAX_IDLE) - 1;
  if (idle === 0) return { ...fresh, utilisation: average, flow, index };
  const left = (flow * wadPow(decay, idle)) / WAD;
  const idled = indexAfter(index, rule, { utilisation: last, flow: left, periods: idle });
  return { ...fresh, utilisation: last, flow: left, index: idled };
}

/** Counts units that came under agreements and the rent agreed for them, token wei; what is agreed stops at the contract's width. */
export function sellInPriceIndex(state: PriceIndexState, units: bigint, value: bigint): PriceIndexState {
  return { ...state, committed: state.committed + units, sold: least(state.sold + value, MAX_SOLD) };
}

/** Counts what holds now for the blocks of the period that went by: to be done before any change. @param blocks from the period's first on */
export function weighPriceIndex(state: PriceIndexState, blocks: bigint): PriceIndexState {
  return { ...state, weighed: state.weighed + utilisationOf(state) * (blocks - state.blocks), blocks };
}

/** What a unit costs for a period at a premium of nothing: index and curve, token wei, rounded up. The state has to be of the current period. */
export function quoteOf({ index, utilisation }: PriceIndexState, { target, curve }: PriceIndexParams): bigint {
  const u = utilisation * WAD_PER_SHARE;
  const factor =
    u < target
      ? WAD - ((WAD - (WAD * WAD) / curve) * (target - u)) / target
      : WAD + ((curve - WAD) * (u - target)) / (WAD - target);
  return ceilDiv(index * factor, INDEX_SCALE * WAD);
}

/** Of 1e9; while there is no capacity, what it was in the period before. */
function utilisationOf({ committed, bonded, utilisation }: PriceIndexState): bigint {
  return bonded === 0n ? utilisation : least((committed * SHARE) / bonded, SHARE);
}

function indexAfter(
  index: bigint,
  { startPrice, target, step }: PriceIndexParams,
  { utilisation, flow, periods }: { utilisation: bigint; flow: bigint; periods: number },
): bigint {
  const s = ((least(flow, SHARE) + utilisation) * WAD_PER_SHARE) / 2n;
  const factor = s < target ? WAD - (step * (target - s)) / target : WAD + (step * (s - target)) / (WAD - target);
  const moved = (index * wadPow(factor, periods)) / WAD;
  const start = startPrice * INDEX_SCALE;
  const floor = start / RANGE;
  return least(moved < floor ? floor : moved, start * RANGE);
}

/** base^exponent in fractions of 1e18, by squaring, rounded down after each multiplication. */
function wadPow(base: bigint, exponent: number): bigint {
  let result = WAD;
  for (let [square, left] = [base, exponent]; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = (result * square) / WAD;
    square = (square * square) / WAD;
  }
  return result;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
