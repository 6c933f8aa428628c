import type { DatabaseSync } from 'node:sqlite';

/** Single values that outlive the process. */
export type FactName =
  /** Chain and market that the folder belongs to, `chainId:agreements`. */
  | 'market'
  | 'provider'
  /** The next block whose events are to be read. */
  | 'next-block'
  /** The same for channels. */
  | 'next-channel-block'
  /** Ask that this provider keeps. */
  | 'ask'
  /** Whether asks were signed in the series that counts, `yes` or `no`: posting asks instead voids them first. */
  | 'signed-asks'
  /** Latest period for which a proof may have been sent. */
  | 'proof-sent';

export class Facts {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  get(name: FactName): string | undefined {
    const row = this.#db.prepare('SELECT value FROM facts WHERE name = ?').get(name);
    return row === undefined ? undefined : String(row['value']);
  }

  set(name: FactName, value: string): void {
    this.#db.prepare('INSERT OR REPLACE INTO facts VALUES (?, ?)').run(name, value);
  }
}
