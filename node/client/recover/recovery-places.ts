/** What a place follows from. */
export interface Placeable {
  /** What tells it from others of its name: enough of a key to type. */
  shortKey: string;
  /** Normalized. */
  name: string;
  /** Unix milliseconds. */
  storedAtMs: number;
}

/**
 * Where each object goes, relative to the folder that all are recovered into: its name. Where that is taken, its key is put behind it: an older
 * object of the same name, or one whose name is the folder of another's.
 */
export function placesOf<T extends Placeable>(objects: readonly T[]): ReadonlyMap<T, string> {
  const folders = new Set(objects.flatMap(({ name }) => foldersOf(name)));
  const newestFirst = objects.toSorted((a, b) => b.storedAtMs - a.storedAtMs);
  const taken = new Set<string>();
  const places = new Map<T, string>();
  for (const object of newestFirst) {
    const { name, shortKey } = object;
    const place = taken.has(name) || folders.has(name) ? `${name}~${shortKey}` : name;
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
