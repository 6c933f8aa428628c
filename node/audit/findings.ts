import type { EventPlace } from '../chain/market-events.ts';

export type Value = bigint | number | string | boolean;

/** Who said something else than the replay. */
export type Source = 'event' | 'chain' | 'books';

/** Something that does not agree. */
export interface Difference {
  /** What it is about: `agreement 3.17`, `provider 3`, `account 5`. */
  readonly subject: string;
  readonly what: string;
  readonly replayed: string;
  readonly stated: string;
  readonly source: Source;
  /** The event that says so, or the last one that touched the subject; absent when none did. */
  readonly place: EventPlace | undefined;
}

/** A broken log differs in everything that follows: this many are kept, the others only counted. */
const MAX_KEPT = 1_000;

/** Collects what was compared and what differs, with the event that each thing was last touched by. */
export class Findings {
  readonly differences: Difference[] = [];
  readonly #touched = new Map<string, EventPlace>();
  #place: EventPlace | undefined;
  #compared = 0;
  #left = 0;

  /** Values compared. */
  get compared(): number {
    return this.#compared;
  }

  /** Differences beyond those that are kept. */
  get leftOut(): number {
    return this.#left;
  }

  /** The event that is replayed from now on. */
  at(place: EventPlace | undefined): void {
    this.#place = place;
  }

  /** The event being replayed changes this. */
  touch(subject: string): void {
    if (this.#place !== undefined) this.#touched.set(subject, this.#place);
  }

  /** Compares what the events before give with what this event says. */
  event(subject: string, what: string, replayed: Value, stated: Value): void {
    this.#same({ subject, what, source: 'event', place: this.#place }, replayed, stated);
  }

  /** Compares two sides of the replay's own books. */
  books(subject: string, what: string, replayed: Value, stated: Value): void {
    this.#same({ subject, what, source: 'books', place: this.#place ?? this.#touched.get(subject) }, replayed, stated);
  }

  /** Compares what the events give with the chain. */
  chain(subject: string, what: string, replayed: Value, stated: Value): void {
    this.#same({ subject, what, source: 'chain', place: this.#touched.get(subject) }, replayed, stated);
  }

  #same(about: Omit<Difference, 'replayed' | 'stated'>, replayed: Value, stated: Value): void {
    this.#compared += 1;
    const [left, right] = [show(replayed), show(stated)];
    if (left === right) return;
    if (this.differences.length >= MAX_KEPT) this.#left += 1;
    else this.differences.push({ ...about, replayed: left, stated: right });
  }
}

const SAYS: Record<Source, string> = {
  event: 'the event says',
  chain: 'the chain says',
  books: 'the other events give',
};

/** The difference as a sentence. */
export function sentenceOf({ subject, what, replayed, stated, source, place }: Difference): string {
  const where =
    place === undefined
      ? ''
      : ` (${source === 'chain' ? 'last touched in ' : ''}block ${place.block}, transaction ${place.transaction})`;
  return `${subject}: ${what} is ${replayed} by the replay, ${SAYS[source]} ${stated}${where}`;
}

/** Numbers of any kind and addresses of any case, by what they say. */
function show(value: Value): string {
  const text = String(value);
  if (text === '') return 'empty';
  return /^0x[0-9a-f]*$/i.test(text) ? text.toLowerCase() : text;
}
