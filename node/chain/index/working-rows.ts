import { assert } from '../../core/assert.ts';

/** What became of a row. */
export interface RowChange<Row, Key> {
  readonly key: Key;
  readonly wasThere: boolean;
  /** Undefined once it is removed. */
  readonly after: Row | undefined;
}

/** The rows that a stretch of events is about, in memory while they change. */
export class WorkingRows<Row, Key> {
  readonly #keyOf: (row: Row) => Key;
  readonly #before: ReadonlyMap<Key, Row>;
  readonly #now = new Map<Key, Row | undefined>();

  /**
   * @param keys all that may be asked for
   * @param rows those that are there
   */
  constructor(keyOf: (row: Row) => Key, keys: Iterable<Key>, rows: readonly Row[]) {
    this.#keyOf = keyOf;
    this.#before = new Map(rows.map((row) => [keyOf(row), row]));
    for (const key of keys) this.#now.set(key, this.#before.get(key));
  }

  get(key: Key): Row | undefined {
    assert(this.#now.has(key), `${String(key)} is among what the stretch refers to`);
    return this.#now.get(key);
  }

  put(row: Row): void {
    const key = this.#keyOf(row);
    // What comes into being has its place after what did before.
    if (this.#now.get(key) === undefined) this.#now.delete(key);
    this.#now.set(key, row);
  }

  remove(key: Key): void {
    this.#now.set(key, undefined);
  }

  /** New rows in the order in which they came. */
  changes(): RowChange<Row, Key>[] {
    return [...this.#now]
      .filter(([key, after]) => after !== this.#before.get(key))
      .map(([key, after]) => ({ key, wasThere: this.#before.has(key), after }));
  }
}
