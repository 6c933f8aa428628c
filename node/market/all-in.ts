import { ceilDiv, COIN } from './money.ts';

/** Units of 64 KiB in one MiB. */
const UNITS_PER_MIB = 16n;
export interface AllInInit {
  /** Rent and burn, token wei. */
  readonly storage: bigint;
  /** Shards that give the object back. */
  readonly k: number;
  /** Units of each shard. */
  readonly units: number;
  /** How often the whole object is expected to be read. */
  readonly reads: number;
  /** What each chosen provider asks for reading, token wei for one MiB. */
  readonly retrievalPrices: readonly bigint[];
  /** Wei of the chain's coin. */
  readonly gasWei: bigint;
  /** What one coin is worth in tokens, token wei; undefined when nobody said. */
  readonly tokensPerCoin: bigint | undefined;
}

/** Everything that storing something comes to, in token wei. */
export interface AllIn {
  /** Reading the whole object so often from the cheapest k providers, rounded up. */
  readonly retrieval: bigint;
  /** Undefined when nobody said what a coin is worth. */
  readonly gas: bigint | undefined;
  /** All of it; without the gas when nobody said what a coin is worth. */
  readonly total: bigint;
}

/** Gas in token wei, rounded up; undefined when nobody said what a coin is worth. */
export function gasInTokens(gasWei: bigint, tokensPerCoin: bigint | undefined): bigint | undefined {
  return tokensPerCoin === undefined ? undefined : ceilDiv(gasWei * tokensPerCoin, COIN);
}

/** Storage, reading and gas in one currency. */
export function allIn(init: AllInInit): AllIn {
  const { storage, k, units, reads, gasWei, tokensPerCoin } = init;
  const cheapest = init.retrievalPrices.toSorted((a, b) => (a < b ? -1 : Number(a > b))).slice(0, k);
  const perRead = cheapest.reduce((sum, price) => sum + ceilDiv(price * BigInt(units), UNITS_PER_MIB), 0n);
  const retrieval = perRead * BigInt(reads);
  const gas = gasInTokens(gasWei, tokensPerCoin);
  return { retrieval, gas, total: storage + retrieval + (gas ?? 0n) };
}
