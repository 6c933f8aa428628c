import type { Clock } from './clock.ts';
import type { PriceIndex } from './price-index.ts';
import { need } from './refusal.ts';
import type { Registry } from './registry.ts';
import { type Address, BPS, type Signer, type Undoable, copyRecords } from './types.ts';

/** A pegged ask wants from half the index to twice. */
const MIN_PREMIUM_BPS = 5_000;
const MAX_PREMIUM_BPS = 20_000;

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
  premiumBps: number;
  ceiling: bigint;
}

/** An ask that its provider signed off the chain. */
export interface SignedAsk {
  ask: Ask;
  nonce: bigint;
  series: number;
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

/** IAsks: standing orders to sell. */
export class OrderBook implements Undoable {
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #priceIndex: PriceIndex;
  #asks = new Map<bigint, Ask>();
  #count = 0n;
  #series = new Map<number, number>();
  #brought = new Set<bigint>();

  constructor(clock: Clock, registry: Registry, priceIndex: PriceIndex) {
    this.#clock = clock;
    this.#registry = registry;
    this.#priceIndex = priceIndex;
  }

  save(): () => void {
    const asks = copyRecords(this.#asks);
    const count = this.#count;
    const series = new Map(this.#series);
    const brought = new Set(this.#brought);
    return () => {
      this.#asks = asks;
      [this.#series, this.#brought] = [series, brought];
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

  cancel(caller: Address, provider: number, askIds: readonly bigint[]): void {
    this.#requireAuthorized(provider, caller);
    for (const askId of askIds) {
      const owner = this.#known(askId).provider;
      need(owner === provider, 'OrderBook_WrongProvider', askId, owner, provider);
      this.#asks.delete(askId);
    }
  }

  startSeries(caller: Address, provider: number): void {
    this.#requireAuthorized(provider, caller);
    this.#series.set(provider, this.seriesOf(provider) + 1);
  }

  /**
   * Puts a signed ask into the book.
   * @param askId what the hash of what was signed gives
   * @param agreed says whether a signature is the node key's or the operator's
   */
  bring(askId: bigint, { ask, series }: SignedAsk, signer: Signer, agreed: (operator: Address) => boolean): void {
    need(!this.#brought.has(askId), 'OrderBook_AskKnown', askId);
    const current = this.seriesOf(ask.provider);
    need(series === current, 'OrderBook_SeriesOver', ask.provider, series, current);
    const { nodeAddress, operator } = this.#registry.get(ask.provider);
    const signed = signer === nodeAddress || agreed(operator);
    need(signed, 'OrderBook_BadAskSignature', ask.provider, signer, nodeAddress);
    this.#requireValid(ask);
    this.#brought.add(askId);
    this.#asks.set(askId, { ...ask });
  }

  seriesOf(provider: number): number {
    return this.#series.get(provider) ?? 0;
  }

  isBrought(askId: bigint): boolean {
    return this.#brought.has(askId);
  }

  /** What an ask wants in this period, token wei for one unit and period. */
  priceOf({ pricePerUnitPeriod: floor, premiumBps, ceiling }: Ask): bigint {
    if (premiumBps === 0) return floor;
    const pegged = (this.#priceIndex.quote() * BigInt(premiumBps) + BPS - 1n) / BPS;
    const capped = pegged > ceiling ? ceiling : pegged;
    return capped < floor ? floor : capped;
  }

  /** Takes `wish.units` out of an ask whose conditions all hold. */
  fill(askId: bigint, wish: Wish): void {
    const { pricePerUnitPeriod: floor, unitsLeft } = this.#known(askId);
    // Its provider signed the price: of a pegged ask the floor is all that the book asks for.
    this.#requireFits(askId, wish, floor, unitsLeft);
    this.#known(askId).unitsLeft -= wish.units;
  }

  /** All conditions of an ask but for what is left of it, at what it wants now. */
  requireAccepts(askId: bigint, wish: Wish): void {
    this.#requireFits(askId, wish, this.priceOf(this.#known(askId)), Infinity);
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

  #requireFits(askId: bigint, wish: Wish, leastPrice: bigint, unitsLeft: number): void {
    const ask = this.#known(askId);
    need(ask.provider === wish.provider, 'OrderBook_WrongProvider', askId, ask.provider, wish.provider);
    need(this.#clock.time < ask.expiry, 'OrderBook_AskExpired', askId, BigInt(ask.expiry));
    const unitsFit = wish.units >= ask.minUnits && wish.units <= ask.maxUnits;
    need(unitsFit, 'OrderBook_UnitsOutOfRange', askId, wish.units, ask.minUnits, ask.maxUnits);
    need(wish.units <= unitsLeft, 'OrderBook_CapacityExceeded', askId, unitsLeft, wish.units);
    const periodsFit = wish.periods >= ask.minPeriods && wish.periods <= ask.maxPeriods;
    need(periodsFit, 'OrderBook_PeriodsOutOfRange', askId, wish.periods, ask.minPeriods, ask.maxPeriods);
    need(wish.price >= leastPrice, 'OrderBook_PriceBelowAsk', askId, wish.price, leastPrice);
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
    const { premiumBps, ceiling } = ask;
    if (premiumBps === 0) wrong('ceiling', ceiling === 0n);
    else {
      wrong('premiumBps', premiumBps >= MIN_PREMIUM_BPS && premiumBps <= MAX_PREMIUM_BPS);
      wrong('ceiling', ceiling >= ask.pricePerUnitPeriod);
    }
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
