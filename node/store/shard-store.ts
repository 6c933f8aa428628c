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
  /** Promised to writers that have not committed, and on disk of uploads that broke off. */
  reservedUnits: number;
  /** Of the reserved ones, those of uploads that broke off which are on disk already. */
  keptUnits: number;
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
 * Takes a shard in upload order (units 1, 2, …, then 0) under a name that outlives the writer: what came stays when the upload breaks off,
 * and over a crash of this process. It stands at unit 1 + `keptUnits`.
 */
export interface UploadWriter extends ShardWriter {
  /** Units 1 … keptUnits that were there when it was opened. */
  readonly keptUnits: number;
  /**
   * Keeps what came in whole units for the next `openUpload`, and ends this writer.
   * @returns how many units that are; 0 when nothing could be kept, or the writer had ended already
   */
  suspend(): Promise<number>;
}

/** Names of uploads: what a reservation may be called. */
export const UPLOAD_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** A shard that is being read. It stays readable when it is deleted meanwhile. */
export interface OpenShardOptions {
  /** What is read into aligned memory goes around the page cache: it is not wanted again soon. */
  direct?: boolean | undefined;
}

export interface OpenShard extends ShardInfo {
  /**
   * The bytes of units [from, from + count). Throws `bad-range` outside the shard. Not checked against the root.
   * @param into memory of that length that a store may fill and return, which saves making new one
   */
  readUnits(from: number, count: number, into?: Uint8Array): Promise<Uint8Array>;
  /** Always called, and last. */
  close(): Promise<void>;
}

/**
 * Shards by root. Methods that take a root throw `shard-missing` when it is not stored, unless said otherwise, and
 * `bad-root` for anything but 32 bytes.
 */
export interface ShardStore {
  /** Reserves room for at most `unitsMax` units before the first byte. Throws `store-full` when there is not enough. */
  create(unitsMax: number): Promise<ShardWriter>;
  /**
   * Goes on with the upload of that name, or begins it: room for `unitsMax` units in all is reserved, what is there counted once. One writer
   * at a time for a name. Throws `store-full`.
   */
  openUpload(name: string, unitsMax: number): Promise<UploadWriter>;
  /** Units 1, 2, … that are kept of an upload that broke off, each known to be on disk as it was sent. */
  keptUnits(name: string): Promise<number>;
  /** Removes what is kept of an upload, if anything is. Not while a writer is open. */
  dropUpload(name: string): Promise<void>;
  /** Names of the uploads that something is kept of. */
  listUploads(): Promise<string[]>;
  /** Undefined when the shard is not stored. */
  stat(root: Uint8Array): Promise<ShardInfo | undefined>;
  /** For several reads: opening the shard for each of them costs more than small reads do. */
  open(root: Uint8Array, options?: OpenShardOptions): Promise<OpenShard>;
  /** The bytes of units [from, from + count). Throws `bad-range` outside the shard. Not checked against the root. */
  readUnits(root: Uint8Array, from: number, count: number): Promise<Uint8Array>;
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
