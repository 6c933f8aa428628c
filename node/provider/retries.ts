/** Blocks until what failed so often in a row is tried again: 1, then twice as many each time, `maxBlocks` at most. */
export function retryBlocks(failures: number, maxBlocks: number): bigint {
  return BigInt(Math.min(maxBlocks, 2 ** Math.min(failures - 1, 10)));
}

/** Attempts that failed, by what they were for, and when each is worth another. */
export class Retries<Key> {
  readonly #maxBlocks: number;
  readonly #failed = new Map<Key, { count: number; retryBlock: bigint }>();

  /** @param maxBlocks longest wait between two attempts */
  constructor(maxBlocks: number) {
    this.#maxBlocks = maxBlocks;
  }

  isDue(key: Key, block: bigint): boolean {
    return block >= (this.#failed.get(key)?.retryBlock ?? 0n);
  }

  /** @returns how often in a row it failed */
  failed(key: Key, block: bigint): number {
    const count = (this.#failed.get(key)?.count ?? 0) + 1;
    this.#failed.set(key, { count, retryBlock: block + retryBlocks(count, this.#maxBlocks) });
    return count;
  }

  forget(key: Key): void {
    this.#failed.delete(key);
  }

  /** Forgets all but these. */
  keepOnly(keys: ReadonlySet<Key>): void {
    for (const key of this.#failed.keys()) if (!keys.has(key)) this.#failed.delete(key);
  }
}
