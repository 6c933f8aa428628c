import type { MarketParameters } from '../../chain/actions/read-market-parameters.ts';
import type { CandidateRow, MarketIndex } from '../../chain/market-index.ts';
import { assert } from '../../core/assert.ts';
import { concat, fromHex } from '../../core/bytes.ts';
import type { PostedAsk } from '../../market/eligibility.ts';
import { askAt } from '../../market/peg.ts';
import { scoreAt } from '../../market/reputation.ts';
import { peerIdOfPublicKey } from '../../network/identity.ts';
import type { FoundProviders, KnownProvider, ProviderWish } from '../market-view.ts';

/** SEC 1's mark of an uncompressed point; the registry stores the 64 bytes after it. */
const UNCOMPRESSED = Uint8Array.of(4);
/** Providers that are listed with their reasons when too few can take a shard: a message shows fewer. */
const OTHERS = 32;

/** The market as it stands in a period. */
export interface MarketMoment {
  readonly index: MarketIndex;
  readonly parameters: MarketParameters;
  readonly period: number;
  /** What the price index says in it, token wei for one unit and period. */
  readonly quote: bigint;
}

/**
 * Who could take an object's shards; and some who could not, where that explains why there are too few.
 * @param signed asks off the chain; one that was brought stands in the index, with what is left of it
 */
export function findProviders(moment: MarketMoment, wish: ProviderWish, signed: readonly PostedAsk[]): FoundProviders {
  const { index, quote } = moment;
  const candidates = index.candidates({ ...wish, quote });
  const unbrought = unbroughtAsks(moment, signed);
  const askedOf = (id: number, asks: readonly PostedAsk[]): PostedAsk[] => [...asks, ...(unbrought.get(id) ?? [])];
  const providers = candidates.map(({ row, asks }) => new IndexedProvider(moment, row, askedOf(row.id, asks)));
  const operators = new Set(candidates.map(({ row }) => row.operator.toLowerCase()));
  const others = Math.max(wish.others ?? 0, operators.size < wish.shards.length ? OTHERS : 0);
  const known = new Set(providers.map(({ id }) => id));
  const signing = [...unbrought.keys()].flatMap((id) => index.provider(id) ?? []);
  for (const row of [...signing, ...index.providersPage(0, others)]) {
    if (known.has(row.id)) continue;
    known.add(row.id);
    providers.push(new IndexedProvider(moment, row, askedOf(row.id, asksNow(moment, row.id))));
  }
  return { providers: providers.toSorted((a, b) => a.id - b.id), registered: index.providerCount() };
}

/** Signed asks that nobody brought yet, by provider, as they stand in this period. */
function unbroughtAsks({ index, quote }: MarketMoment, signed: readonly PostedAsk[]): Map<number, PostedAsk[]> {
  const fresh = signed.filter(({ askId }) => index.ask(askId) === undefined);
  return Map.groupBy(
    fresh.map((posted) => ({ ...posted, ask: askAt(posted.ask, quote) })),
    ({ ask }) => ask.provider,
  );
}

/** A registered provider with what stands for it in a period. */
export function knownProvider(moment: MarketMoment, id: number): KnownProvider | undefined {
  const row = moment.index.provider(id);
  return row === undefined ? undefined : new IndexedProvider(moment, row, asksNow(moment, id));
}

function asksNow({ index, quote }: MarketMoment, provider: number): PostedAsk[] {
  return index.asksOf(provider).map(({ askId, ask }) => ({ askId, ask: askAt(ask, quote) }));
}

type Contact = Pick<KnownProvider, 'peerId' | 'nodeAddress' | 'addresses' | 'region'>;

/** Thousands are ranked and few are called: how one is reached is looked up when it is asked for. */
class IndexedProvider implements KnownProvider {
  readonly id: number;
  readonly operator: KnownProvider['operator'];
  readonly placementId: Uint8Array | undefined;
  readonly failed: boolean;
  readonly lockable: bigint;
  readonly freeCapacity: number;
  readonly score: number;
  readonly asks: readonly PostedAsk[];
  readonly #index: MarketIndex;
  #contact: Contact | undefined;

  constructor({ index, parameters, period }: MarketMoment, row: CandidateRow, asks: readonly PostedAsk[]) {
    const lockable = row.free - parameters.bond;
    this.id = row.id;
    this.operator = row.operator;
    this.placementId = row.placementId === undefined ? undefined : fromHex(row.placementId, 32);
    this.failed = row.failed;
    this.lockable = lockable > 0n ? lockable : 0n;
    this.freeCapacity = Math.max(0, row.capacity - row.heldUnits);
    this.score = scoreAt(row, parameters.reputation, period);
    this.asks = asks;
    this.#index = index;
  }

  get peerId(): string {
    return this.#reach().peerId;
  }

  get nodeAddress(): KnownProvider['nodeAddress'] {
    return this.#reach().nodeAddress;
  }

  get region(): number {
    return this.#reach().region;
  }

  get addresses(): readonly string[] {
    return this.#reach().addresses;
  }

  #reach(): Contact {
    if (this.#contact === undefined) {
      const row = this.#index.provider(this.id);
      // Ids are given for good; only a reorganisation to before its registration takes one away.
      assert(row !== undefined, `provider ${this.id} is registered`);
      const { nodeAddress, addresses, nodePublicKey, region } = row;
      const peerId = peerIdOfPublicKey(concat(UNCOMPRESSED, fromHex(nodePublicKey, 64))).toString();
      this.#contact = { peerId, nodeAddress, addresses, region };
    }
    return this.#contact;
  }
}
