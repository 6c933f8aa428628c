import { toHex } from '../core/bytes.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import { normalizeName } from './object-name.ts';
import { titleOf, type StoredObject } from './stored-object.ts';

/** Shorter prefixes of a key look too much like names. */
const MIN_PREFIX_DIGITS = 4;
const MAX_SUGGESTIONS = 5;

/** What a name or key matched. */
export interface FoundObject {
  object: StoredObject;
  /** How many older objects have the same name. */
  olderNamesakes: number;
}

/**
 * The object behind what the user typed: a name (of several with it, the newest), a key, or the start of one.
 * @returns undefined when none matches
 * @throws StowError `object-ambiguous`
 */
export function matchObject(objects: readonly StoredObject[], reference: string): FoundObject | undefined {
  const named = byName(objects, reference);
  const [newest] = named;
  if (newest !== undefined) return { object: newest, olderNamesakes: named.length - 1 };
  const digits = reference.replace(/^0x/i, '').toLowerCase();
  if (digits.length < MIN_PREFIX_DIGITS || !/^[0-9a-f]+$/.test(digits)) return undefined;
  const keyed = objects.filter(({ objectKey }) => toHex(objectKey).startsWith(digits));
  const [only, ...others] = keyed;
  if (others.length > 0) throw ambiguous(reference, keyed);
  return only === undefined ? undefined : { object: only, olderNamesakes: 0 };
}

/** @returns an error that names what comes closest */
export function unknownObject(objects: readonly StoredObject[], reference: string): StowError {
  const names = objects.map(titleOf);
  const wanted = reference.toLowerCase();
  const close = names.filter((name) => name.toLowerCase().includes(wanted) || wanted.includes(name.toLowerCase()));
  const suggestion = close.length > 0 ? `; is it one of ${close.slice(0, MAX_SUGGESTIONS).join(', ')}?` : '';
  return new StowError({
    code: 'object-unknown',
    message: `this wallet has no object ${JSON.stringify(reference.slice(0, 200))}${suggestion}`,
    hint: '`stowmarket ls` lists names and keys; check --account if you have several wallets',
    exitCode: ExitCode.notFound,
  });
}

const ORDER = ['live', 'forming', 'leaving', 'over'] as const;

function rank({ state }: StoredObject): number {
  return ORDER.indexOf(state);
}

/** Live objects of that name before ended ones, newest first. */
function byName(objects: readonly StoredObject[], reference: string): StoredObject[] {
  let name: string;
  try {
    name = normalizeName(reference);
  } catch {
    return [];
  }

  return objects
    .filter(({ entry }) => entry?.name === name)
    .toSorted((a, b) => rank(a) - rank(b) || (b.entry?.storedAt ?? 0) - (a.entry?.storedAt ?? 0));
}

function ambiguous(reference: string, matches: readonly StoredObject[]): StowError {
  const list = matches.map(
    ({ objectKey, entry }) => `${toHex(objectKey).slice(0, 16)} (${entry?.name ?? 'name not known'})`,
  );
  return new StowError({
    code: 'object-ambiguous',
    message: `${reference} could be ${list.length} objects: ${list.slice(0, MAX_SUGGESTIONS).join(', ')}`,
    hint: 'give more digits of the key',
    exitCode: ExitCode.usage,
  });
}
