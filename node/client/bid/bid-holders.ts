import { messageOf } from '../../core/errors.ts';
import { to0x } from '../../core/bytes.ts';
import type { Address, BidTerms, Hex } from '../../market/messages.ts';
import type { ShardTree } from '../../market/shard-tree.ts';
import type { KnownProvider } from '../market-view.ts';
import type { ControlPlane } from '../put/control-plane.ts';
import type { ProviderFailure } from '../put/plan.ts';
import type { UploadTarget } from '../put/send-shard.ts';
import { bidCandidates } from './bid-candidates.ts';

/** On the way out, nobody waits long for providers: what is not released lapses by itself. */
const RELEASE_TIMEOUT_MS = 3_000;

/** A shard at a provider that may answer the bid with it. */
export interface BidHolder extends UploadTarget {
  /** Whether all bytes arrived, and since when, unix seconds of the chain. */
  storedAt: number | undefined;
  /** Whether an earlier process had sent some of it there. */
  mayHaveSome: boolean;
}

export interface BidHoldersInit {
  bidId: bigint;
  terms: BidTerms;
  client: Address;
  objectKey: Uint8Array;
  tree: ShardTree;
  roots: readonly Uint8Array[];
  /** Providers that an earlier process had chosen, by shard index: they may have the shard, or some of it. */
  before?: ReadonlyMap<number, number> | undefined;
}

interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** Who has which shard of a bid, or keeps room for it; and who is out of the running, and why. */
export class BidHolders {
  readonly #control: ControlPlane;
  readonly #init: BidHoldersInit;
  readonly #held = new Map<number, BidHolder>();
  /** What each provider that refused or failed last said. */
  readonly #reasons = new Map<number, string>();
  readonly #excluded = new Set<number>();
  /** By shard index: who is asked first. */
  readonly #before: Map<number, number>;

  constructor(control: ControlPlane, init: BidHoldersInit) {
    this.#control = control;
    this.#init = init;
    this.#before = new Map(init.before);
  }

  get held(): ReadonlyMap<number, BidHolder> {
    return this.#held;
  }

  get failures(): ProviderFailure[] {
    return [...this.#reasons].map(([provider, reason]) => ({ provider, reason }));
  }

  /** Who has or keeps room for which shard, for a later process. */
  places(): { shardIndex: number; provider: number; askId: bigint }[] {
    return [...this.#held.values()].map(({ shardIndex, provider }) => ({
      shardIndex,
      provider: provider.id,
      askId: 0n,
    }));
  }

  /** Root of a shard, as the bid names it. */
  rootOf(shardIndex: number): Hex {
    return to0x(this.#init.roots[shardIndex] ?? new Uint8Array());
  }

  /** Merkle proof that the bid wants a shard. */
  proofOf(shardIndex: number): Hex[] {
    return this.#init.tree.proofOf({ shardIndex, shardRoot: this.rootOf(shardIndex) });
  }

  /**
   * Offers shards that nobody has, each to one provider after the other until one keeps room for it.
   * @param takenBy providers that hold shards of the object under agreements
   * @returns those that are now to be sent
   */
  async offer(
    shards: readonly number[],
    market: { providers: readonly KnownProvider[]; time: number; takenBy: readonly number[] },
    options: CallOptions,
  ): Promise<BidHolder[]> {
    const fresh: BidHolder[] = [];
    for (const shardIndex of shards) {
      const holder = await this.#place(shardIndex, market, options);
      if (holder !== undefined) fresh.push(holder);
    }
    return fresh;
  }

  markStored(shardIndex: number, time: number): void {
    const held = this.#held.get(shardIndex);
    if (held !== undefined) held.storedAt = time;
  }

  /** Takes a shard away from a provider that failed it. It is not asked again until `forgive`. */
  drop(shardIndex: number, reason: unknown): void {
    const held = this.#held.get(shardIndex);
    if (held === undefined) return;
    this.#held.delete(shardIndex);
    this.#exclude(held.provider.id, reason);
    void this.#release(held);
  }

  /** Lets providers be asked again that were down, full or busy: a bid stands for long. */
  forgive(): void {
    this.#excluded.clear();
  }

  /** Gives all room back. Never throws: what is not released lapses. */
  async releaseAll(): Promise<void> {
    const held = [...this.#held.values()];
    this.#held.clear();
    await Promise.all(held.map(async (shard) => this.#release(shard)));
  }

  async #place(
    shardIndex: number,
    market: { providers: readonly KnownProvider[]; time: number; takenBy: readonly number[] },
    options: CallOptions,
  ): Promise<BidHolder | undefined> {
    const { bidId, terms, client, objectKey } = this.#init;
    const busy = new Set([...market.takenBy, ...[...this.#held.values()].map(({ provider }) => provider.id)]);
    const takenOperators = new Set(
      market.providers.filter(({ id }) => busy.has(id)).map(({ operator }) => operator.toLowerCase()),
    );
    const request = { terms, client, objectKey, time: market.time, takenOperators, excluded: this.#excluded };
    const before = this.#before.get(shardIndex);
    this.#before.delete(shardIndex);
    const candidates = bidCandidates(market.providers, shardIndex, request);
    for (const provider of candidates.toSorted((a, b) => Number(b.id === before) - Number(a.id === before))) {
      const bid = { bidId, root: this.rootOf(shardIndex), proof: this.proofOf(shardIndex) };
      const { units, periods } = terms;
      try {
        const wish = { objectKey, shardIndex, units, periods, askId: 0n, bid };
        const reservation = await this.#control.reserve(provider, wish, options);
        const mayHaveSome = provider.id === before;
        const holder: BidHolder = { shardIndex, provider, reservation, storedAt: undefined, mayHaveSome };
        this.#held.set(shardIndex, holder);
        return holder;
      } catch (error) {
        options.signal?.throwIfAborted();
        this.#exclude(provider.id, error);
      }
    }
    return undefined;
  }

  #exclude(provider: number, reason: unknown): void {
    this.#excluded.add(provider);
    this.#reasons.set(provider, messageOf(reason));
  }

  async #release({ provider, reservation }: BidHolder): Promise<void> {
    const signal = AbortSignal.timeout(RELEASE_TIMEOUT_MS);
    await this.#control.release(provider, reservation.id, { signal }).catch(() => undefined);
  }
}
