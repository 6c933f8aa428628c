import { assert } from '../../core/assert.ts';
import { StowError, messageOf } from '../../core/errors.ts';
import { MAX_SHARDS, type CodeShape } from '../erasure/code.ts';

/** Gives verified units of one shard, from wherever. */
export interface ShardReader {
  /** Index of the shard in its object. */
  readonly index: number;
  /**
   * The bytes of units [from, from + count), count x 65,536 of them, already checked against the shard's root. Calls
   * come in ascending order, a second one possibly before the first has answered. A rejection means: replace me.
   */
  readUnits(from: number, count: number, options: { signal: AbortSignal }): Promise<Uint8Array>;
  /** Takes back what `readUnits` gave, to be used again: megabytes that are not made anew need no collecting. */
  release?(bytes: Uint8Array): void;
}

/**
 * Asked for another reader, of a shard index not in use, after one failed. Undefined when there is none.
 */
export type ReplaceReader = (failed: ShardReader, reason: unknown) => Promise<ShardReader | undefined>;

/** The k readers in use, with failed ones replaced. */
export class ReaderSet {
  readonly #readers: ShardReader[];
  readonly #replace: ReplaceReader | undefined;
  readonly #shape: CodeShape;
  readonly #replacing = new Map<ShardReader, Promise<void>>();
  readonly #failures: string[] = [];

  constructor(shape: CodeShape, readers: readonly ShardReader[], replace?: ReplaceReader) {
    this.#shape = shape;
    this.#readers = [...readers];
    this.#replace = replace;
    if (readers.length !== shape.k) throw this.#tooFew(undefined);
    this.#checkDistinct();
  }

  get current(): readonly ShardReader[] {
    return [...this.#readers];
  }

  /** Puts another reader in the place of a failed one, once however often it is reported. Throws `too-few-shards`. */
  async replace(failed: ShardReader, reason: unknown): Promise<void> {
    if (!this.#readers.includes(failed)) return;
    let replacing = this.#replacing.get(failed);
    if (replacing === undefined) {
      replacing = this.#substitute(failed, reason);
      this.#replacing.set(failed, replacing);
    }
    await replacing;
  }

  async #substitute(failed: ShardReader, reason: unknown): Promise<void> {
    this.#failures.push(`shard ${failed.index}: ${messageOf(reason)}`);
    const next = await this.#replace?.(failed, reason);
    if (next === undefined) throw this.#tooFew(reason);
    this.#readers[this.#readers.indexOf(failed)] = next;
    this.#checkDistinct();
  }

  #checkDistinct(): void {
    const indices = this.#readers.map(({ index }) => index);
    assert(new Set(indices).size === indices.length, `readers of distinct shards, not ${indices.join()}`);
    assert(
      indices.every((index) => index >= 0 && index < MAX_SHARDS),
      `shard indices below ${MAX_SHARDS}`,
    );
  }

  #tooFew(cause: unknown): StowError {
    const { k, n } = this.#shape;
    const why = this.#failures.length === 0 ? '' : ` (${this.#failures.join('; ')})`;
    return new StowError({
      code: 'too-few-shards',
      message: `${k} of the object's ${n} shards are needed to read it, and fewer can be read${why}`,
      hint: 'try again when more of its providers are reachable',
      retryable: true,
      cause,
    });
  }
}
