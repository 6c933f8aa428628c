import { zeroAddress } from 'viem';

import type { ShareRow } from '../../chain/market-index.ts';
import { toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Address } from '../../market/messages.ts';
import { type StoredObject, titleOf } from '../stored-object.ts';
import { standingOf } from './shared-object.ts';

export interface UnshareWish {
  /** What the user named. */
  readonly found: StoredObject;
  /** Zero for everybody. */
  readonly reader: Address;
  /** All objects of the wallet. */
  readonly objects: readonly StoredObject[];
  /** All shares of the wallet, ended ones among them. */
  readonly shares: readonly ShareRow[];
  /** Key of the object that takes another's place when that is re-keyed. */
  readonly keyAfter: (objectKey: Uint8Array) => Uint8Array;
  /** Unix seconds of the chain. */
  readonly nowS: number;
}

/** What is left to do, whatever an earlier run has done of it. */
export interface UnsharePlan {
  /** Objects of which the share stands on chain: the one named, and those whose place it took. */
  readonly standing: readonly StoredObject[];
  /** The object that is to be re-keyed, or was. */
  readonly old: StoredObject;
  /** Key of what takes its place. */
  readonly newKey: Uint8Array;
  /** It, where it is stored already. */
  readonly successor: StoredObject | undefined;
  /** Shares of the old object with others that stand, and that nothing newer has. */
  readonly moves: readonly ShareRow[];
}

/**
 * Finds out what taking a share back still takes. An object that was re-keyed has another key and the same name, so what the user names may be the old one or
 * what took its place: keys that follow from one another tell.
 * @throws StowError `not-shared`
 */
export function planUnshare({ found, reader, objects, shares, keyAfter, nowS }: UnshareWish): UnsharePlan {
  const lineage = lineageOf(found, objects, keyAfter);
  const rowsOf = (object: StoredObject): ShareRow[] =>
    shares.filter(({ objectKey }) => objectKey.slice(2) === toHex(object.objectKey));
  const rowOf = (object: StoredObject): ShareRow | undefined => rowsOf(object).find((row) => row.reader === reader);
  const old = lineage.find((object) => rowOf(object) !== undefined);
  if (old === undefined) throw notShared(found, reader);
  const byKey = new Map(objects.map((object) => [toHex(object.objectKey), object]));
  const newKey = old === found ? freeKeyAfter(found, byKey, keyAfter) : found.objectKey;
  const next = byKey.get(toHex(newKey));
  const successor = next?.state === 'live' ? next : undefined;
  const newer = [...lineage.slice(0, lineage.indexOf(old)), ...(successor === undefined ? [] : [successor])];
  const settled = new Set(newer.flatMap(rowsOf).map((row) => row.reader));
  return {
    standing: lineage.filter((object) => rowOf(object)?.takenBack === false),
    old,
    newKey,
    successor,
    moves: rowsOf(old).filter(
      (row) => row.reader !== reader && standingOf(row, nowS) === 'stands' && !settled.has(row.reader),
    ),
  };
}

/** The key that takes an object's place: past those of objects that did, and were removed or have ended since. */
function freeKeyAfter(
  { objectKey }: StoredObject,
  byKey: ReadonlyMap<string, StoredObject>,
  keyAfter: UnshareWish['keyAfter'],
): Uint8Array {
  let key = keyAfter(objectKey);
  for (
    let past = byKey.get(toHex(key));
    past?.state === 'over' || past?.state === 'leaving';
    past = byKey.get(toHex(key))
  )
    key = keyAfter(key);
  return key;
}

/** For how long an object is stored anew: as long as the old one had left, and at least for the period that has begun. */
export function periodsLeft({ endPeriod = 0 }: Pick<StoredObject, 'endPeriod'>, period: number): number {
  return Math.max(1, endPeriod - period);
}

/** An object and those whose place it took, the newest first. */
function lineageOf(
  found: StoredObject,
  objects: readonly StoredObject[],
  keyAfter: UnshareWish['keyAfter'],
): StoredObject[] {
  const before = new Map(objects.map((object) => [toHex(keyAfter(object.objectKey)), object]));
  const lineage: StoredObject[] = [];
  // No key follows from itself: that would be a cycle of SHA-256.
  for (let at: StoredObject | undefined = found; at !== undefined; at = before.get(toHex(at.objectKey)))
    lineage.push(at);
  return lineage;
}

function notShared(found: StoredObject, reader: Address): StowError {
  return new StowError({
    code: 'not-shared',
    message: `${titleOf(found)} is not shared with ${reader === zeroAddress ? 'everybody' : reader}, and never was`,
    hint: '`stowmarket ls --json` lists whom each object is shared with, as sharedWith and public',
    exitCode: ExitCode.notFound,
  });
}
