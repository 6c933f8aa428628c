import { assert } from '../../core/assert.ts';
import { systemClock, type Clock } from '../../core/clock.ts';
import { StowError, messageOf } from '../../core/errors.ts';
import { MAX_SHARDS, type CodeShape } from '../erasure/code.ts';
import { ReaderPace } from './reader-pace.ts';

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
  /** Whether something else than the shard's holder is waited for, so that nobody else would be quicker for that. */
  isHeldUp?(): boolean;
}

/** Where more readers come from. */
export interface ReaderSource {
  /** Hears of each reader that failed, once. */
  failed(reader: ShardReader, reason: unknown): void;
  /** Another reader, of a shard index not in use; undefined when there is none. */
  next(): Promise<ShardReader | undefined>;
}

/** A reader is preferred to one before it in the order when it will be done so many times sooner: measurements waver. */
const CLEARLY_FASTER = 1.5;

/** The readers of an object that are open, in the order in which they are preferred: k at least, more once some raced others. */
export class ReaderSet {
  readonly #paces = new Map<ShardReader, ReaderPace>();
  #order: ShardReader[] = [];
  readonly #source: ReaderSource | undefined;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #shape: CodeShape;
  readonly #opening = new Set<Promise<ShardReader | undefined>>();
  readonly #failures: string[] = [];
  #lastReason: unknown;

  /** @throws StowError `too-few-shards` for fewer than k readers */
  constructor(
    shape: CodeShape,
    readers: readonly ShardReader[],
    source?: ReaderSource,
    clock: Pick<Clock, 'monotonicMs'> = systemClock,
  ) {
    this.#shape = shape;
    this.#source = source;
    this.#clock = clock;
    if (readers.length < shape.k) throw this.#tooFew();
    for (const reader of readers) this.#add(reader);
  }

  /**
   * k readers that will probably be done first with so many units each.
   * @param kept those of them that are chosen already
   * @throws StowError `too-few-shards`, and what the source throws
   */
  async pick(units: number, kept: readonly ShardReader[] = []): Promise<readonly ShardReader[]> {
    while (this.#order.length < this.#shape.k) {
      while (this.#order.length + this.#opening.size < this.#shape.k) void this.#openOne();
      const opened = await Promise.race(this.#opening);
      if (opened === undefined && this.#order.length + this.#opening.size < this.#shape.k) throw this.#tooFew();
    }
    const chosen = kept.filter((reader) => this.#paces.has(reader));
    const others = this.#order.filter((reader) => !chosen.includes(reader));
    chosen.push(...others.splice(0, this.#shape.k - chosen.length));
    // Replicas are enciphered apart: going from one to the other costs more than it brings.
    return this.#shape.k === 1 ? chosen : this.#withFaster(chosen, others, kept, units);
  }

  /** An open reader beyond those, or one that is opened now; undefined when there is none. @throws what the source throws */
  async spare(inUse: readonly ShardReader[]): Promise<ShardReader | undefined> {
    const [idle] = this.#order
      .filter((reader) => !inUse.includes(reader))
      .toSorted((a, b) => this.#expectedMs(a, 1) - this.#expectedMs(b, 1));
    return idle ?? this.#openOne();
  }

  /** Puts a reader first, and so in the place of the only one that is used of replicas. */
  prefer(reader: ShardReader): void {
    if (!this.#paces.has(reader)) return;
    this.#order = [reader, ...this.#order.filter((other) => other !== reader)];
  }

  /** Lets a reader go that failed; safe to call again. */
  drop(failed: ShardReader, reason: unknown): void {
    if (!this.#paces.delete(failed)) return;
    this.#order = this.#order.filter((reader) => reader !== failed);
    this.#failures.push(`shard ${failed.index}: ${messageOf(reason)}`);
    this.#lastReason = reason;
    this.#source?.failed(failed, reason);
  }

  /** Reads from one of them, and measures it. @throws as the reader does */
  async read(reader: ShardReader, from: number, count: number, options: { signal: AbortSignal }): Promise<Uint8Array> {
    const pace = this.#paces.get(reader);
    pace?.begin(count);
    try {
      return await reader.readUnits(from, count, options);
    } finally {
      pace?.end(count);
    }
  }

  #withFaster(
    chosen: readonly ShardReader[],
    others: readonly ShardReader[],
    kept: readonly ShardReader[],
    units: number,
  ): ShardReader[] {
    const picked = [...chosen];
    for (const other of others) {
      const slowest = picked
        .filter((reader) => !kept.includes(reader))
        .toSorted((a, b) => this.#expectedMs(b, units) - this.#expectedMs(a, units))[0];
      if (slowest === undefined) break;
      const isFaster = this.#expectedMs(other, units) * CLEARLY_FASTER < this.#expectedMs(slowest, units);
      if (isFaster) picked[picked.indexOf(slowest)] = other;
    }
    return picked;
  }

  #expectedMs(reader: ShardReader, units: number): number {
    return this.#paces.get(reader)?.expectedMs(units) ?? 0;
  }

  #openOne(): Promise<ShardReader | undefined> {
    const open = async (): Promise<ShardReader | undefined> => {
      try {
        const reader = await this.#source?.next();
        if (reader !== undefined) this.#add(reader);
        return reader;
      } finally {
        this.#opening.delete(opening);
      }
    };
    const opening = open();
    this.#opening.add(opening);
    return opening;
  }

  #add(reader: ShardReader): void {
    const { index } = reader;
    const isDistinct = this.#order.every((other) => other.index !== index);
    assert(isDistinct, `readers of distinct shards, not ${[...this.#order, reader].map((one) => one.index).join()}`);
    assert(index >= 0 && index < MAX_SHARDS, `shard indices below ${MAX_SHARDS}`);
    this.#order.push(reader);
    this.#paces.set(reader, new ReaderPace(this.#clock));
  }

  #tooFew(): StowError {
    const { k, n } = this.#shape;
    const why = this.#failures.length === 0 ? '' : ` (${this.#failures.join('; ')})`;
    return new StowError({
      code: 'too-few-shards',
      message: `${k} of the object's ${n} shards are needed to read it, and fewer can be read${why}`,
      hint: 'try again when more of its providers are reachable',
      retryable: true,
      cause: this.#lastReason,
    });
  }
}
