import { shortKey } from '../stored-object.ts';

/** What a place follows from. */
export interface Placeable {
  objectKey: Uint8Array;
  /** Normalized. */
  name: string;
  /** Unix seconds. */
  storedAt: number;
}

/**
 * Where each object goes, relative to the folder that all are recovered into: its name. Where that is taken, its key is put behind it: an older
 * object of the same name, or one whose name is the folder of another's.
 */
export function placesOf<T extends Placeable>(objects: readonly T[]): ReadonlyMap<T, string> {
  const folders = new Set(objects.flatMap(({ name }) => foldersOf(name)));
  const newestFirst = objects.toSorted((a, b) => b.storedAt - a.storedAt);
  const taken = new Set<string>();
  const places = new Map<T, string>();
  for (const object of newestFirst) {
    const { name, objectKey } = object;
    const place = taken.has(name) || folders.has(name) ? `${name}~${shortKey(objectKey)}` : name;
    taken.add(place);
    places.set(object, place);
  }
  return places;
}

/** `a` and `a/b` of `a/b/c`. */
function foldersOf(name: string): string[] {
  const segments = name.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}
