import { hash } from 'node:crypto';

import type { PlacementProvider } from '../../../node/market/eligibility.ts';
import type { Ask } from '../../../node/market/messages.ts';
import { askAt } from '../../../node/market/peg.ts';
import { placeShards } from '../../../node/market/placement.ts';
import { DAY_S, DEFAULTS, NODE_ASK, UNITS_PER_TIB } from '../scale.ts';
import type { Request } from './demand.ts';
import { type Mechanism, askOf } from './mechanisms.ts';
import { type ProviderState, freeUnitsOf } from './provider.ts';
import { scoreAt } from './standing.ts';

/** More than anybody needs: neither a client's deposit nor a provider's stake binds in this model. */
const PLENTY = 10n ** 30n;
/** What an ask of a provider's node takes, where its operator set nothing else. */
const { maxPeriods: MAX_PERIODS, collateralPeriods: COLLATERAL_PERIODS } = NODE_ASK;
const NEVER = 2 ** 40 - 1;
const MAX_UNITS = 2 ** 32 - 1;

/** All asks as they stand in one period, as a client sees them. */
export class Book {
  readonly #day: number;
  readonly #quote: bigint;
  readonly #mechanism: Mechanism;
  readonly #views: PlacementProvider[] = [];
  readonly #placeOf = new Map<number, number>();
  readonly #byId = new Map<number, ProviderState>();

  /** @param quote what the index says in this period */
  constructor(providers: readonly ProviderState[], mechanism: Mechanism, day: number, quote: bigint) {
    this.#day = day;
    this.#quote = quote;
    this.#mechanism = mechanism;
    for (const provider of providers) {
      if (provider.died !== undefined) continue;
      this.#byId.set(provider.kind.id, provider);
      this.#placeOf.set(provider.kind.id, this.#views.length);
      this.#views.push(this.#view(provider));
    }
  }

  /** What somebody wants now, token wei for one unit and period; undefined when it sells nothing. */
  priceOf(provider: ProviderState): bigint | undefined {
    const place = this.#placeOf.get(provider.kind.id);
    return place === undefined ? undefined : this.#views[place]?.asks[0]?.ask.pricePerUnitPeriod;
  }

  /** What the client's own code chooses: the product's placement, filters and preference, with its default weights. */
  choose(request: Request, maxPrice: bigint): { provider: ProviderState; price: bigint } | undefined {
    const { placed } = placeShards(this.#views, {
      objectKey: hash('sha256', `object ${request.number}`, 'buffer'),
      shards: [0],
      units: request.tib * UNITS_PER_TIB,
      periods: request.days,
      clientDeposit: PLENTY,
      time: this.#day * DAY_S,
      maxPricePerUnitPeriod: maxPrice,
    });
    const chosen = placed[0]?.chosen;
    const provider = chosen === undefined ? undefined : this.#byId.get(chosen.provider.id);
    if (chosen === undefined || provider === undefined) return undefined;
    const price = chosen.ask.pricePerUnitPeriod;
    const value = price * BigInt(request.tib * UNITS_PER_TIB) * BigInt(request.days);
    return value < DEFAULTS.agreements.minValue ? undefined : { provider, price };
  }

  /** After a provider has let something. */
  refresh(provider: ProviderState): void {
    const place = this.#placeOf.get(provider.kind.id);
    if (place !== undefined) this.#views[place] = this.#view(provider);
  }

  /** Everybody who sells. */
  sellers(): Iterable<ProviderState> {
    return this.#byId.values();
  }

  #view(provider: ProviderState): PlacementProvider {
    const { kind, standing, clients } = provider;
    const pricing = askOf(this.#mechanism, kind, provider.asking);
    const freeCapacity = freeUnitsOf(provider);
    const terms: Omit<Ask, keyof NonNullable<typeof pricing>> = {
      provider: kind.id,
      unitsLeft: freeCapacity,
      minUnits: 1,
      maxUnits: MAX_UNITS,
      expiry: NEVER,
      collateralPeriods: COLLATERAL_PERIODS,
      minPeriods: 1,
      maxPeriods: MAX_PERIODS,
      region: 0,
      minClientDeposit: 0n,
      retrievalPricePerMiB: 0n,
    };
    return {
      id: kind.id,
      operator: kind.operator,
      placementId: kind.placementId,
      failed: false,
      lockable: PLENTY,
      freeCapacity,
      score: scoreAt(standing, this.#day, clients),
      asks:
        pricing === undefined ? [] : [{ askId: BigInt(kind.id), ask: askAt({ ...terms, ...pricing }, this.#quote) }],
    };
  }
}
