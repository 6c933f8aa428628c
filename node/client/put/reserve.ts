import { assert } from '../../core/assert.ts';
import { messageOf } from '../../core/errors.ts';
import type { Hex } from '../../market/messages.ts';
import type { ShardOption, ShardPlacement } from '../../market/placement.ts';
import type { KnownProvider } from '../market-view.ts';
import type { ControlPlane, Reservation } from './control-plane.ts';
import {
  indices,
  placeNow,
  planShards,
  type PlanHistory,
  type PlanMarket,
  type PlanRequest,
  type ProviderFailure,
} from './plan.ts';

/** Which of an object's shards are placed, where the others are stored already. */
export interface ReserveScope {
  shards: readonly number[];
  /** Operators that hold the others. */
  takenOperators: readonly string[];
  /** Roots that are known, by shard index: a provider that has such a shard of this client's already need not be sent the bytes. */
  roots: ReadonlyMap<number, Hex>;
}

/** A shard's place: a provider that keeps room for it. */
export interface ReservedShard {
  shardIndex: number;
  provider: KnownProvider;
  option: ShardOption;
  reservation: Reservation;
}

/** On the way out, nobody waits long for providers: a reservation that is not released expires by itself. */
const RELEASE_TIMEOUT_MS = 3_000;

/**
 * The providers of one object while it is being stored: who keeps room for which shard, and who is out of the running and why.
 */
export class Reservations {
  readonly #control: ControlPlane;
  readonly #market: PlanMarket;
  readonly #request: PlanRequest;
  readonly #wanted: Set<number>;
  readonly #takenOperators: readonly string[];
  readonly #roots: ReserveScope['roots'];
  readonly #held = new Map<number, ReservedShard>();
  readonly #failures: ProviderFailure[] = [];

  /** @param scope the whole object when absent */
  constructor(
    components: { control: ControlPlane; market: PlanMarket },
    request: PlanRequest,
    scope: ReserveScope = { shards: indices(request.n), takenOperators: [], roots: new Map() },
  ) {
    this.#control = components.control;
    this.#market = components.market;
    this.#request = request;
    this.#wanted = new Set(scope.shards);
    this.#takenOperators = scope.takenOperators;
    this.#roots = scope.roots;
  }

  /** What is reserved now, by shard index. */
  get held(): ReadonlyMap<number, ReservedShard> {
    return this.#held;
  }

  get failures(): readonly ProviderFailure[] {
    return this.#failures;
  }

  /** The reservation of a shard that has one. */
  require(shardIndex: number): ReservedShard {
    const held = this.#held.get(shardIndex);
    assert(held !== undefined, `shard ${shardIndex} has a provider`);
    return held;
  }

  /** Placements of what is reserved, for a quote. */
  placements(): ShardPlacement[] {
    return [...this.#held.values()].map(({ shardIndex, option }) => ({ shardIndex, chosen: option, alternatives: [] }));
  }

  /** From now on, these shards are wanted, and no others that have no place yet. */
  want(shards: Iterable<number>): void {
    this.#wanted.clear();
    for (const index of shards) this.#wanted.add(index);
  }

  /**
   * Asks those that an earlier process had chosen, for the same room: who still keeps it gives the same reservation.
   */
  async reclaim(
    places: readonly { shardIndex: number; provider: number; askId: bigint }[],
    options: { signal?: AbortSignal | undefined },
  ): Promise<void> {
    await Promise.all(
      places.map(async ({ shardIndex, provider: id, askId }) => {
        const provider = this.#market.providers.find((known) => known.id === id);
        const posted = provider?.asks.find((ask) => ask.askId === askId);
        // The market has changed: somebody else is chosen.
        if (provider === undefined || posted === undefined) return;
        const chosen = { ...posted, provider, effectivePrice: posted.ask.pricePerUnitPeriod, distance: 0 };
        await this.#reserve({ shardIndex, chosen, alternatives: [] }, options);
      }),
    );
    options.signal?.throwIfAborted();
  }

  /**
   * Reserves room for shards that are nice to have: whoever cannot be found, or refuses, is done without.
   * @returns those that have a place now
   */
  async reserveSpares(shards: readonly number[], options: { signal?: AbortSignal | undefined }): Promise<number[]> {
    for (const shardIndex of shards) {
      if (this.#held.has(shardIndex)) continue;
      const { placed } = placeNow(this.#market, this.#request, { ...this.#history(), shards: [shardIndex] });
      for (const placement of placed) await this.#reserve(placement, options);
      options.signal?.throwIfAborted();
    }
    return shards.filter((index) => this.#held.has(index));
  }

  /**
   * Reserves room for every shard that has none. A provider that refuses is replaced by the next best until nobody is left.
   * @throws StowError `too-few-providers`
   */
  async reserveMissing(options: { signal?: AbortSignal | undefined }): Promise<void> {
    for (;;) {
      const missing = [...this.#wanted].filter((index) => !this.#held.has(index));
      if (missing.length === 0) return;
      const placements = planShards(this.#market, this.#request, { ...this.#history(), shards: missing });
      await Promise.all(placements.map(async (placement) => this.#reserve(placement, options)));
      options.signal?.throwIfAborted();
    }
  }

  /** Takes a shard away from a provider that failed it. The provider is not asked again for this object. */
  drop(shardIndex: number, reason: unknown): void {
    const held = this.require(shardIndex);
    this.#held.delete(shardIndex);
    this.#failures.push({ provider: held.provider.id, reason: messageOf(reason) });
    void this.#release(held);
  }

  /** Stops wanting a shard whose bytes cannot be had, or are not needed: no fault of its provider's. */
  giveUp(shardIndex: number): void {
    const held = this.#held.get(shardIndex);
    this.#wanted.delete(shardIndex);
    this.#held.delete(shardIndex);
    if (held !== undefined) void this.#release(held);
  }

  /** Gives all room back. Never throws: what is not released expires. @returns how many were released */
  async releaseAll(): Promise<number> {
    const held = [...this.#held.values()];
    this.#held.clear();
    const released = await Promise.all(held.map(async (shard) => this.#release(shard)));
    return released.filter(Boolean).length;
  }

  #history(): PlanHistory {
    return {
      takenOperators: [...this.#takenOperators, ...[...this.#held.values()].map(({ provider }) => provider.operator)],
      excludedProviders: new Set(this.#failures.map(({ provider }) => provider)),
      reasons: this.#failures,
    };
  }

  async #reserve({ shardIndex, chosen }: ShardPlacement, options: { signal?: AbortSignal | undefined }): Promise<void> {
    const provider = this.#knownProvider(chosen);
    const { objectKey, units, periods } = this.#request;
    try {
      const root = this.#roots.get(shardIndex);
      const held = root === undefined ? {} : { held: root };
      const wish = { objectKey, shardIndex, units, periods, askId: chosen.askId, ...held };
      const reservation = await this.#control.reserve(provider, wish, options);
      this.#held.set(shardIndex, { shardIndex, provider, option: chosen, reservation });
    } catch (error) {
      options.signal?.throwIfAborted();
      this.#failures.push({ provider: provider.id, reason: messageOf(error) });
    }
  }

  async #release({ provider, reservation }: ReservedShard): Promise<boolean> {
    const signal = AbortSignal.timeout(RELEASE_TIMEOUT_MS);
    return this.#control.release(provider, reservation.id, { signal }).then(
      () => true,
      () => false,
    );
  }

  #knownProvider({ provider }: ShardOption): KnownProvider {
    const known = this.#market.providers.find(({ id }) => id === provider.id);
    assert(known !== undefined, `provider ${provider.id} was placed, so it is known`);
    return known;
  }
}
