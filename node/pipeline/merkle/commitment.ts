import { assert } from '../../core/assert.ts';
import { StowError, ExitCode } from '../../core/errors.ts';
import { DIGEST_BYTES, MAX_UNITS, UNIT_BYTES } from '../../core/units.ts';
import { MerkleFrontier } from './frontier.ts';
import { unitRoot } from './unit-tree.ts';

export interface CommitmentInit {
  /** Sees each unit's root as it is computed, to store it. The array is the caller's to keep. */
  onUnitRoot?: ((unitIndex: number, root: Uint8Array) => void) | undefined;
  /** Unit that the first byte belongs to. */
  startUnit?: number | undefined;
}

/**
 * The streaming shard root: takes bytes as they arrive, in chunks of any size, in runs of units of any order.
 * A piped upload is `new ShardCommitment({startUnit: 1})`, writes, `seek(0)`, the header unit, `finish()`.
 */
export class ShardCommitment {
  readonly #frontier = new MerkleFrontier();
  readonly #onUnitRoot: CommitmentInit['onUnitRoot'];
  readonly #partial = new Uint8Array(UNIT_BYTES);
  #partialBytes = 0;
  #unit: number;

  constructor(init: CommitmentInit = {}) {
    this.#onUnitRoot = init.onUnitRoot;
    this.#unit = init.startUnit ?? 0;
  }

  /** Whole units committed so far. */
  get units(): number {
    return this.#frontier.count;
  }

  /** Continues at another unit. Only between units; throws `shard-misaligned` otherwise. */
  seek(unitIndex: number): void {
    assert(Number.isInteger(unitIndex) && unitIndex >= 0 && unitIndex < MAX_UNITS, `unit index ${unitIndex}`);
    this.#requireWholeUnits();
    this.#unit = unitIndex;
  }

  /** Takes the next whole units by their roots, from whoever hashed them: packed, 32 bytes each. Only between units. */
  writeRoots(roots: Uint8Array): void {
    this.#requireWholeUnits();
    for (let at = 0; at < roots.byteLength; at += DIGEST_BYTES) this.#add(roots.slice(at, at + DIGEST_BYTES));
  }

  /** Hashes the next bytes. Nothing of `chunk` is kept. */
  write(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.byteLength) {
      const rest = chunk.byteLength - at;
      if (this.#partialBytes === 0 && rest >= UNIT_BYTES) {
        this.#commit(chunk.subarray(at, at + UNIT_BYTES));
        at += UNIT_BYTES;
        continue;
      }
      const take = Math.min(rest, UNIT_BYTES - this.#partialBytes);
      this.#partial.set(chunk.subarray(at, at + take), this.#partialBytes);
      this.#partialBytes += take;
      at += take;
      if (this.#partialBytes === UNIT_BYTES) {
        this.#commit(this.#partial);
        this.#partialBytes = 0;
      }
    }
  }

  /** The shard root over all units written. Throws `shard-misaligned` or `shard-incomplete`. */
  finish(): Uint8Array {
    this.#requireWholeUnits();
    return this.#frontier.finish(Math.max(1, this.#frontier.count));
  }

  #commit(unit: Uint8Array): void {
    this.#add(unitRoot(unit));
  }

  #add(root: Uint8Array): void {
    this.#frontier.add(this.#unit, root);
    this.#onUnitRoot?.(this.#unit, root);
    this.#unit++;
  }

  #requireWholeUnits(): void {
    if (this.#partialBytes === 0) return;
    throw new StowError({
      code: 'shard-misaligned',
      message: `a shard stopped ${this.#partialBytes} bytes into unit ${this.#unit}: shards are whole units of ${UNIT_BYTES} bytes`,
      hint: 'the sender hung up midway or does not pad; send the shard again',
      retryable: true,
      exitCode: ExitCode.integrity,
    });
  }
}
