/** A stored shard. */
export interface ShardInfo {
  /** 32-byte root: the shard's only name. */
  root: Uint8Array;
  units: number;
}

/** Room in a store, in units of 64 KiB. */
export interface StoreUsage {
  capacityUnits: number;
  /** In stored shards. */
  usedUnits: number;
  /** Promised to writers that have not committed. */
  reservedUnits: number;
}

/** What a look through all bytes of a shard found. */
export type ScrubVerdict = { ok: true } | { ok: false; badUnits: readonly number[] };

/**
 * Takes the bytes of one new shard. Nothing of it is visible before `commit`, and nothing is left after `abort` or a
 * failure. Calls must not overlap.
 */
export interface ShardWriter {
  /** Continues at another unit; only between whole units. */
  seek(unitIndex: number): Promise<void>;
  /** Takes the next bytes, of any length. They may be used again once the promise has resolved. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Makes the shard durable and visible: when this resolves, it survives a power cut. Storing the same shard again is no
   * error. Throws `root-mismatch` when `expectedRoot` is given and differs, `shard-misaligned`, `shard-incomplete`,
   * `store-full` or `store-io`; the writer is spent either way.
   */
  commit(expectedRoot?: Uint8Array): Promise<ShardInfo>;
  /** Gives the room back and removes every trace. Harmless after `commit` or a second time. */
  abort(): Promise<void>;
}

/**
 * Shards by root. Methods that take a root throw `shard-missing` when it is not stored, unless said otherwise, and
 * `bad-root` for anything but 32 bytes.
 */
export interface ShardStore {
  /** Reserves room for at most `unitsMax` units before the first byte. Throws `store-full` when there is not enough. */
  create(unitsMax: number): Promise<ShardWriter>;
  /** Undefined when the shard is not stored. */
  stat(root: Uint8Array): Promise<ShardInfo | undefined>;
  /**
   * The bytes of units [from, from + count). Throws `bad-range` outside the shard. Not checked against the root.
   * @param into memory of that length that a store may fill and return, which saves making new one
   */
  readUnits(root: Uint8Array, from: number, count: number, into?: Uint8Array): Promise<Uint8Array>;
  /** Packed roots (32 bytes each) of units [from, from + count). */
  readUnitRoots(root: Uint8Array, from: number, count: number): Promise<Uint8Array>;
  /** Siblings from a unit's root to the shard's, bottom up: ceil(log2(units)) x 32 bytes. */
  readPathAbove(root: Uint8Array, unitIndex: number): Promise<Uint8Array>;
  /**
   * Possession proof of one leaf, from one unit and the levels above it. It was verified before it is returned; throws
   * `shard-corrupt` when what is on disk no longer proves.
   */
  readLeafProof(root: Uint8Array, leafIndex: number): Promise<Uint8Array>;
  /** Hashes every unit again. */
  scrub(root: Uint8Array): Promise<ScrubVerdict>;
  list(): AsyncIterable<ShardInfo>;
  /** True when the shard was there. Durable when it resolves. */
  delete(root: Uint8Array): Promise<boolean>;
  usage(): StoreUsage;
}
