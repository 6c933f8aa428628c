import type { Holder } from './holder.ts';
import type { WrongBytes } from './wrong-bytes.ts';

interface CallOptions {
  signal?: AbortSignal | undefined;
}

/**
 * Where shard bytes are read from. Nothing is trusted: callers check every byte against the shard's root.
 * Failures are StowErrors.
 */
export interface ShardAccess {
  /** Roots of all units, 32 bytes each. */
  unitRoots(holder: Holder, options: CallOptions): Promise<Uint8Array>;
  /**
   * Bytes of units [from, from + count), in blocks of whole units. Leaving early ends the request.
   * @param options `into`: memory of that length in which the blocks may lie one after another, which saves a copy
   */
  readUnits(
    holder: Holder,
    from: number,
    count: number,
    options: CallOptions & { into?: Uint8Array | undefined },
  ): AsyncIterable<Uint8Array>;
  /** Whether a read waits for something else than its holder. */
  isHeldUp?(holder: Holder): boolean;
  /** Hears how many bytes of units turned out right, as they do: what is paid for. Never throws. */
  onChecked?(holder: Holder, byteLength: number): void;
  /** Hears of each answer that turned out wrong, to keep it. Never throws. */
  onWrongBytes?(found: WrongBytes): void;
}
