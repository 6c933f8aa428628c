import type { Clock } from './clock.ts';
import { need } from './refusal.ts';
import type { Registry } from './registry.ts';
import { type Address, type Undoable, copyRecords } from './types.ts';

export interface Ask {
  provider: number;
  pricePerUnitPeriod: bigint;
  unitsLeft: number;
  minUnits: number;
  maxUnits: number;
  expiry: number;
  collateralPeriods: number;
  minPeriods: number;
  maxPeriods: number;
  region: number;
  minClientDeposit: bigint;
  retrievalPricePerMiB: bigint;
}

/** What somebody wants of an ask. */
export interface Wish {
  provider: number;
  units: number;
  periods: number;
  price: bigint;
  collateralPeriods: bigint;
  /** Available balance of whoever pays. */
  deposit: bigint;
}

/** IOrderBook: standing orders to sell. */
export class OrderBook implements Undoable {
  readonly #clock: Clock;
  readonly #registry: Registry;
  #asks = new Map<bigint, Ask>();
  #count = 0n;

  constructor(clock: Clock, registry: Registry) {
    this.#clock = clock;
    this.#registry = registry;
  }

  save(): () => void {
    const asks = copyRecords(this.#asks);
    const count = this.#count;
    return () => {
      this.#asks = asks;
      this.#count = count;
    };
  }

  post(caller: Address, ask: Ask): void {
    this.#requireAuthorized(ask.provider, caller);
    this.#requireValid(ask);
    this.#count += 1n;
    this.#asks.set(this.#count, { ...ask });
  }

  amend(caller: Address, askId: bigint, ask: Ask): void {
    const { provider } = this.#known(askId);
    need(ask.provider === provider, 'OrderBook_WrongProvider', askId, provider, ask.provider);
    this.#requireAuthorized(provider, caller);
    this.#requireValid(ask);
    this.#asks.set(askId, { ...ask });
  }

  cancel(caller: Address, askId: bigint): void {
    this.#requireAuthorized(this.#known(askId).provider, caller);
    this.#asks.delete(askId);
  }

  /** Takes `wish.units` out of an ask whose conditions all hold. */
  fill(askId: bigint, wish: Wish): void {
    this.#requireFits(askId, wish, wish.units);
    this.#known(askId).unitsLeft -= wish.units;
  }

  /** All conditions of an ask but for what is left of it. */
  requireAccepts(askId: bigint, wish: Wish): void {
    this.#requireFits(askId, wish, 0);
  }

  get count(): bigint {
    return this.#count;
  }

  get(askId: bigint): Ask | undefined {
    return this.#asks.get(askId);
  }

  open(): IterableIterator<[bigint, Ask]> {
    return this.#asks.entries();
  }

  #requireFits(askId: bigint, wish: Wish, taken: number): void {
    const ask = this.#known(askId);
    need(ask.provider === wish.provider, 'OrderBook_WrongProvider', askId, ask.provider, wish.provider);
    need(this.#clock.time < ask.expiry, 'OrderBook_AskExpired', askId, BigInt(ask.expiry));
    const unitsFit = wish.units >= ask.minUnits && wish.units <= ask.maxUnits;
    need(unitsFit, 'OrderBook_UnitsOutOfRange', askId, wish.units, ask.minUnits, ask.maxUnits);
    need(taken <= ask.unitsLeft, 'OrderBook_CapacityExceeded', askId, ask.unitsLeft, taken);
    const periodsFit = wish.periods >= ask.minPeriods && wish.periods <= ask.maxPeriods;
    need(periodsFit, 'OrderBook_PeriodsOutOfRange', askId, wish.periods, ask.minPeriods, ask.maxPeriods);
    need(wish.price >= ask.pricePerUnitPeriod, 'OrderBook_PriceBelowAsk', askId, wish.price, ask.pricePerUnitPeriod);
    const asked = BigInt(ask.collateralPeriods);
    need(wish.collateralPeriods >= asked, 'OrderBook_CollateralBelowAsk', askId, wish.collateralPeriods, asked);
    need(wish.deposit >= ask.minClientDeposit, 'OrderBook_DepositBelowAsk', askId, wish.deposit, ask.minClientDeposit);
  }

  #requireValid(ask: Ask): void {
    const wrong = (field: string, holds: boolean): void => need(holds, 'OrderBook_InvalidAsk', field);
    wrong('pricePerUnitPeriod', ask.pricePerUnitPeriod !== 0n);
    wrong('unitsLeft', ask.unitsLeft !== 0);
    wrong('collateralPeriods', ask.collateralPeriods !== 0);
    wrong('maxUnits', ask.maxUnits !== 0 && ask.minUnits <= ask.maxUnits);
    wrong('maxPeriods', ask.maxPeriods !== 0 && ask.minPeriods <= ask.maxPeriods);
    wrong('expiry', this.#clock.time < ask.expiry);
    const { placementId } = this.#registry.get(ask.provider);
    need(placementId !== undefined, 'OrderBook_PlacementMissing', ask.provider);
  }

  #requireAuthorized(provider: number, caller: Address): void {
    need(this.#registry.isAuthorized(provider, caller), 'OrderBook_NotAuthorized', provider, caller);
  }

  #known(askId: bigint): Ask {
    const ask = this.#asks.get(askId);
    need(ask !== undefined, 'OrderBook_UnknownAsk', askId);
    return ask;
  }
}
