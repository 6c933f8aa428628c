import { UNIT_BYTES } from '../../../../node/core/units.ts';
import type { ShardReader } from '../../../../node/pipeline/decode/reader-set.ts';

/** A reader over a shard in memory that keeps what it was asked for, what it gave, and what it got back. */
export class WatchedReader implements ShardReader {
  readonly index: number;
  readonly asked: { from: number; count: number }[] = [];
  readonly given: Uint8Array[] = [];
  readonly released: Uint8Array[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #shard: Uint8Array;
  readonly #before: ((call: number) => Promise<unknown>) | undefined;

  /** @param before is waited for before units are given, by the number of the call, from 1 */
  constructor(shards: readonly Uint8Array[], index: number, before?: (call: number) => Promise<unknown>) {
    this.index = index;
    this.#shard = shards[index] ?? new Uint8Array();
    this.#before = before;
  }

  async readUnits(from: number, count: number, { signal }: { signal: AbortSignal }): Promise<Uint8Array> {
    this.signals.push(signal);
    const call = this.asked.push({ from, count });
    await this.#before?.(call);
    const bytes = this.#shard.subarray(from * UNIT_BYTES, (from + count) * UNIT_BYTES);
    this.given.push(bytes);
    return bytes;
  }

  release(bytes: Uint8Array): void {
    this.released.push(bytes);
  }
}
