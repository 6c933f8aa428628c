import type { AgreementRow, MarketIndex } from '../chain/market-index.ts';
import { fromHex, toHex } from '../core/bytes.ts';
import type { Address } from '../market/messages.ts';
import { endOf } from '../market/term.ts';
import type { Catalogue, CatalogueEntry } from './catalogue.ts';

/** `forming`: paid or not, the chain will tell. `live`: at least one agreement runs. `leaving`: it was removed, here or elsewhere. `over`: all have ended. */
export type StoredState = 'forming' | 'live' | 'leaving' | 'over';

/** An object as catalogue and chain know it together. */
export interface StoredObject {
  objectKey: Uint8Array;
  /** Undefined when this machine has not seen its name: it can be read from any shard's header. */
  entry: CatalogueEntry | undefined;
  /** The latest agreement of each shard. */
  agreements: readonly AgreementRow[];
  state: StoredState;
  /** First period in which no agreement runs any more; undefined while forming. */
  endPeriod: number | undefined;
}

export interface ObjectSources {
  index: Pick<MarketIndex, 'objectsOf'>;
  catalogue: Catalogue;
  address: Address;
}

/** After this long, an object that was being formed and is not on chain never will be: its agreements' deadline is over. */
const FORMING_SECONDS = 30 * 60;

/**
 * Every object of the client, chain and catalogue brought together: what was forming and is on chain becomes stored, what was
 * forming for too long and is not is forgotten. Oldest first.
 * @param nowS unix seconds of this machine
 */
export async function listObjects({ index, catalogue, address }: ObjectSources, nowS: number): Promise<StoredObject[]> {
  const onChain = [...(await index.objectsOf(address))].map(([hex, holders]) => ({
    objectKey: fromHex(hex, 32),
    holders,
  }));
  const known = new Set(onChain.map(({ objectKey }) => toHex(objectKey)));
  for (const entry of catalogue.list()) {
    const isOnChain = known.has(toHex(entry.objectKey));
    if (entry.state !== 'forming') continue;
    if (isOnChain) catalogue.setState(entry.objectKey, 'stored');
    else if (nowS - entry.storedAt > FORMING_SECONDS) catalogue.delete(entry.objectKey);
  }
  const forming = catalogue
    .list()
    .filter(({ objectKey, state }) => state === 'forming' && !known.has(toHex(objectKey)));
  return [...onChain, ...forming.map(({ objectKey }) => ({ objectKey, holders: [] }))].map(({ objectKey, holders }) =>
    storedObject(objectKey, catalogue.get(objectKey), holders),
  );
}

/** An object out of what is known of it. */
export function storedObject(
  objectKey: Uint8Array,
  entry: CatalogueEntry | undefined,
  agreements: readonly AgreementRow[],
): StoredObject {
  const live = agreements.filter(({ status }) => status === 'active');
  const endPeriod = live.length === 0 ? undefined : Math.max(...live.map(endOf));
  const state =
    agreements.length === 0 ? 'forming' : live.length === 0 ? 'over' : isRemoved(entry, live) ? 'leaving' : 'live';
  return { objectKey, entry, agreements, state, endPeriod };
}

/**
 * Whether notice was given of the whole: as this machine remembers, or as the chain shows where another one did it. Re-tendering gives notice of at most n - k
 * shards at a time; where the code is not known, only all of them are a removal.
 */
function isRemoved(entry: CatalogueEntry | undefined, live: readonly AgreementRow[]): boolean {
  if (entry?.state === 'removed') return true;
  const noticed = live.filter((row) => row.noticed).length;
  return entry === undefined ? noticed === live.length : noticed > entry.n - entry.k;
}

/** The name, or the key where the name is not known. */
export function titleOf({ entry, objectKey }: Pick<StoredObject, 'entry' | 'objectKey'>): string {
  return entry?.name ?? shortKey(objectKey);
}

/** Enough of an object key to type: unique among any number of objects that one wallet will have. */
export function shortKey(objectKey: Uint8Array): string {
  return toHex(objectKey).slice(0, 12);
}
