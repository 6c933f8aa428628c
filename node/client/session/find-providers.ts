import type { MarketParameters } from '../../chain/actions/read-market-parameters.ts';
import type { Candidate, CandidateRow, MarketIndex, ProviderRow } from '../../chain/market-index.ts';
import { concat, fromHex } from '../../core/bytes.ts';
import type { PostedAsk } from '../../market/eligibility.ts';
import { askAt } from '../../market/peg.ts';
import { decay, scoreAt } from '../../market/reputation.ts';
import { type Service, serviceAt, serviceOf, slownessOf } from '../../market/service.ts';
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
  /** The newest that is in the index: by which what receipts say fades. */
  readonly block: bigint;
  /** What the price index says in it, token wei for one unit and period. */
  readonly quote: bigint;
}

/**
 * Who could take an object's shards; and some who could not, where that explains why there are too few.
 * @param signed asks off the chain; one that was brought stands in the index, with what is left of it
 */
export async function findProviders(
  moment: MarketMoment,
  wish: ProviderWish,
  signed: readonly PostedAsk[],
): Promise<FoundProviders> {
  const { index, quote } = moment;
  const [candidates, unbrought, registered] = await Promise.all([
    index.candidates({ ...wish, quote }),
    unbroughtAsks(moment, signed),
    index.providerCount(),
  ]);
  const askedOf = (id: number, asks: readonly PostedAsk[]): PostedAsk[] => [...asks, ...(unbrought.get(id) ?? [])];
  const providers = candidates.map(({ row, asks }) => new IndexedProvider(row, moment, askedOf(row.id, asks)));
  const operators = new Set(candidates.map(({ row }) => row.operator.toLowerCase()));
  const known = new Set(providers.map(({ id }) => id));
  const others = await othersOf(moment, {
    signing: [...unbrought.keys()].filter((id) => !known.has(id)),
    max: Math.max(wish.others ?? 0, operators.size < wish.shards.length ? OTHERS : 0),
  });
  for (const { row, asks } of others) {
    if (!known.has(row.id)) providers.push(new IndexedProvider(row, moment, askedOf(row.id, asks)));
  }
  return { providers: providers.toSorted((a, b) => a.id - b.id), registered };
}

/** Providers with what they ask for on chain. */
export async function knownProviders(moment: MarketMoment, rows: readonly ProviderRow[]): Promise<KnownProvider[]> {
  return (await withAsks(moment, rows)).map(({ row, asks }) => new IndexedProvider(row, moment, asks));
}

/** Those that sign asks, and at most `max` of all, each once. */
async function othersOf(
  moment: MarketMoment,
  { signing, max }: { signing: readonly number[]; max: number },
): Promise<Candidate[]> {
  if (signing.length === 0 && max === 0) return [];
  const { index } = moment;
  const [named, first] = await Promise.all([index.providers(signing), index.providersPage(0, max)]);
  return withAsks(moment, [...new Map([...named.values(), ...first].map((row) => [row.id, row])).values()]);
}

/** With their asks as they stand in this period. */
async function withAsks({ index, quote }: MarketMoment, rows: readonly ProviderRow[]): Promise<Candidate[]> {
  const asks = await index.asksOf(rows.map(({ id }) => id));
  return rows.map((row) => ({
    row,
    asks: (asks.get(row.id) ?? []).map(({ askId, ask }) => ({ askId, ask: askAt(ask, quote) })),
  }));
}

/** Signed asks that nobody brought yet, by provider, as they stand in this period. */
async function unbroughtAsks(
  { index, quote }: MarketMoment,
  signed: readonly PostedAsk[],
): Promise<Map<number, PostedAsk[]>> {
  if (signed.length === 0) return new Map();
  const brought = await index.asks(signed.map(({ askId }) => askId));
  return Map.groupBy(
    signed.filter(({ askId }) => !brought.has(askId)).map((posted) => ({ ...posted, ask: askAt(posted.ask, quote) })),
    ({ ask }) => ask.provider,
  );
}

/** Registered providers that nobody asks for a price or score: they have a shard already, or are ways into the network. */
export async function contactsOf(
  { index, parameters }: Pick<MarketMoment, 'index' | 'parameters'>,
  ids: readonly number[],
): Promise<ReadonlyMap<number, KnownProvider>> {
  const rows = await index.providers(ids);
  return new Map(
    [...rows].map(([id, row]) => [id, new IndexedProvider(row, { parameters, period: 0, block: 0n }, [])]),
  );
}

/** Thousands are ranked and few are called: a peer id is worked out when it is asked for. */
class IndexedProvider implements KnownProvider {
  readonly id: number;
  readonly operator: KnownProvider['operator'];
  readonly placementId: Uint8Array | undefined;
  readonly failed: boolean;
  readonly lockable: bigint;
  readonly freeCapacity: number;
  readonly score: number;
  readonly service: Service | undefined;
  readonly slowness: number;
  readonly asks: readonly PostedAsk[];
  readonly #row: CandidateRow;
  #peerId: string | undefined;

  constructor(
    row: CandidateRow,
    { parameters, period, block }: Pick<MarketMoment, 'parameters' | 'period' | 'block'>,
    asks: readonly PostedAsk[],
  ) {
    const lockable = row.free - parameters.bond;
    this.id = row.id;
    this.operator = row.operator;
    this.placementId = row.placementId === undefined ? undefined : fromHex(row.placementId, 32);
    this.failed = row.failed;
    this.lockable = lockable > 0n ? lockable : 0n;
    this.freeCapacity = Math.max(0, row.capacity - row.heldUnits);
    this.score = scoreAt(row, parameters.reputation, period);
    const { halfLifePeriods, newcomer } = parameters.reputation;
    this.service = serviceOf(serviceAt(row, Number(block), halfLifePeriods * BigInt(parameters.periodBlocks)));
    this.slowness = slownessOf(this.service, newcomer + decay(row.good, row.updated, period, halfLifePeriods));
    this.asks = asks;
    this.#row = row;
  }

  get peerId(): string {
    const point = (): Uint8Array => concat(UNCOMPRESSED, fromHex(this.#row.nodePublicKey, 64));
    this.#peerId ??= peerIdOfPublicKey(point()).toString();
    return this.#peerId;
  }

  get nodeAddress(): KnownProvider['nodeAddress'] {
    return this.#row.nodeAddress;
  }

  get region(): number {
    return this.#row.region;
  }

  get addresses(): readonly string[] {
    return this.#row.addresses;
  }
}
