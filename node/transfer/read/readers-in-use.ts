import type { ReaderSource, ShardReader } from '../../pipeline/decode/reader-set.ts';
import type { ShardHeader } from '../../pipeline/header/header-unit.ts';
import { readHeader } from './read-header.ts';
import type { ReaderPool } from './reader-pool.ts';
import type { VerifiedReader } from './verified-reader.ts';

/** The readers that an object is read with: k, and more once some are raced. */
export class ReadersInUse implements ReaderSource {
  readonly #pool: ReaderPool;
  readonly #header: ShardHeader;
  readonly #signal: AbortSignal;
  readonly #readers = new Set<VerifiedReader>();

  constructor(pool: ReaderPool, header: ShardHeader, signal: AbortSignal) {
    this.#pool = pool;
    this.#header = header;
    this.#signal = signal;
  }

  get all(): readonly VerifiedReader[] {
    return [...this.#readers];
  }

  /** Adds readers until there are k. @throws StowError `too-few-shards`, `too-few-good-shards` */
  async fill(...given: readonly VerifiedReader[]): Promise<void> {
    for (const reader of given) this.#readers.add(reader);
    const missing = Math.max(0, this.#header.k - this.#readers.size);
    await Promise.all(Array.from({ length: missing }, async () => this.next()));
    if (this.#readers.size < this.#header.k) throw this.#pool.tooFew(this.#header);
  }

  async next(): Promise<VerifiedReader | undefined> {
    const next = await this.#pool.next();
    if (next !== undefined) this.#readers.add(next);
    return next;
  }

  failed(failed: ShardReader, reason: unknown): void {
    for (const reader of this.#readers) {
      if (reader !== failed) continue;
      this.#readers.delete(reader);
      this.#pool.fail(reader.holder, reason);
    }
  }

  /** Gives up readers whose shards say of themselves that they are others. @returns whether there were any */
  async dropMislabelled(): Promise<boolean> {
    const { objectKey } = this.#header;
    const looked = this.all.map(async (reader) => {
      try {
        const { k, n, plainBytes } = await readHeader(reader, { objectKey, signal: this.#signal });
        if (k === this.#header.k && n === this.#header.n && plainBytes === this.#header.plainBytes) return false;
        throw new Error(`it is one of ${n} shards of an object of ${plainBytes} bytes`);
      } catch (error) {
        this.#signal.throwIfAborted();
        this.failed(reader, error);
        return true;
      }
    });
    return (await Promise.all(looked)).includes(true);
  }
}
