import { publicNetwork } from '../../../deploy/parameters/public.ts';
import {
  type PriceIndexParams,
  type PriceIndexRule,
  type PriceIndexState,
  newPriceIndex,
  quoteOf,
  rollPriceIndex,
  sellInPriceIndex,
  weighPriceIndex,
} from '../../../node/market/price-index.ts';

/** The price index of `PriceIndex.sol` as the market's other contracts feed it. All that the simulation knows of its inside is here. */
export class IndexFeed {
  readonly #rule: PriceIndexRule;
  #state: PriceIndexState;

  constructor(params: PriceIndexParams, period: number) {
    this.#rule = { ...params, periodBlocks: BigInt(publicNetwork.proofs.periodBlocks) };
    this.#state = newPriceIndex(params, period);
  }

  /** What follows happens in the period's last block; everything else counts as if it had been so from the first. */
  toLastBlock(period: number): void {
    this.#roll(period);
    this.#state = weighPriceIndex(this.#state, this.#rule.periodBlocks - 1n);
  }

  /** Units of declared and bonded capacity. */
  get bonded(): bigint {
    return this.#state.bonded;
  }

  /** Token wei for one unit and period. */
  quote(period: number): bigint {
    this.#roll(period);
    return quoteOf(this.#state, this.#rule);
  }

  /** @param value rent over the whole term, token wei */
  sold(period: number, units: bigint, value: bigint): void {
    this.#roll(period);
    this.#state = sellInPriceIndex(this.#state, units, value);
  }

  ended(period: number, units: bigint): void {
    this.#roll(period);
    this.#state = { ...this.#state, committed: this.#state.committed - units };
  }

  /** A provider's capacity changes. */
  capacity(period: number, before: bigint, after: bigint): void {
    this.#roll(period);
    this.#state = { ...this.#state, bonded: this.#state.bonded - before + after };
  }

  #roll(period: number): void {
    this.#state = rollPriceIndex(this.#state, this.#rule, period);
  }
}
