import { equal, toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { DIGEST_BYTES, UNIT_BYTES } from '../../core/units.ts';
import type { ShardReader } from '../../pipeline/decode/reader-set.ts';
import { hashUnits } from '../../pipeline/merkle/hash-thread.ts';
import { rootOfUnitRoots } from '../../pipeline/merkle/upper-tree.ts';
import type { Holder } from './holder.ts';
import type { ShardAccess } from './shard-access.ts';
import { RunningCheck } from './running-check.ts';
import { wrongUnit } from './wrong-bytes.ts';

/** Memory of finished reads that is kept for later ones: the windows that a decoder holds at once. */
const MAX_KEPT = 3;

/** Reads a shard from one holder and lets no byte through that does not belong to the root in the agreement. */
export class VerifiedReader implements ShardReader {
  readonly holder: Holder;
  readonly #access: ShardAccess;
  readonly #unitRoots: Uint8Array;
  readonly #kept: SharedArrayBuffer[] = [];

  private constructor(access: ShardAccess, holder: Holder, unitRoots: Uint8Array) {
    this.#access = access;
    this.holder = holder;
    this.#unitRoots = unitRoots;
  }

  /**
   * Fetches the roots of the shard's units, 32 bytes for each 64 KiB, and checks that they make up its root: from then on every
   * unit can be checked by itself.
   * @throws StowError `shard-corrupt`, and what reaching the holder throws
   */
  static async open(access: ShardAccess, holder: Holder, options: { signal: AbortSignal }): Promise<VerifiedReader> {
    const unitRoots = await access.unitRoots(holder, options);
    if (unitRoots.byteLength !== holder.units * DIGEST_BYTES || !equal(rootOfUnitRoots(unitRoots), holder.root)) {
      access.onWrongBytes?.({ what: 'unit-roots', holder, bytes: unitRoots });
      throw corrupt(holder, 'the list of its units does not belong to it');
    }
    return new VerifiedReader(access, holder, unitRoots);
  }

  get index(): number {
    return this.holder.shardIndex;
  }

  /** @throws StowError `shard-corrupt`, `shard-truncated`, and what reaching the holder throws */
  async readUnits(from: number, count: number, options: { signal: AbortSignal }): Promise<Uint8Array> {
    const bytes = this.#memory(count * UNIT_BYTES);
    // Ends the reading at once: a holder that waits to be paid for what was wrong would send nothing more.
    const wrong = new AbortController();
    const signal = AbortSignal.any([options.signal, wrong.signal]);
    const check = new RunningCheck(
      async (start, end) => this.#check(from + start / UNIT_BYTES, bytes.subarray(start, end)),
      (error) => wrong.abort(error),
    );
    let filled = 0;
    for await (const block of this.#access.readUnits(this.holder, from, count, { signal, into: bytes })) {
      if (block.byteLength % UNIT_BYTES !== 0) throw truncated(this.holder, from + Math.floor(filled / UNIT_BYTES));
      const place = bytes.subarray(filled, filled + block.byteLength);
      if (block.buffer !== place.buffer || block.byteOffset !== place.byteOffset) place.set(block);
      filled += block.byteLength;
      check.reach(filled);
    }
    await check.finish();
    if (filled !== bytes.byteLength) throw truncated(this.holder, from + filled / UNIT_BYTES);
    return bytes;
  }

  isHeldUp(): boolean {
    return this.#access.isHeldUp?.(this.holder) === true;
  }

  release({ buffer }: Uint8Array): void {
    if (buffer instanceof SharedArrayBuffer && this.#kept.length < MAX_KEPT) this.#kept.push(buffer);
  }

  /** Shared, so that another core can check it. Every byte is written before it is seen. */
  #memory(byteLength: number): Uint8Array {
    const fitting = this.#kept.findIndex((kept) => kept.byteLength >= byteLength);
    const [memory = new SharedArrayBuffer(byteLength)] = fitting === -1 ? [] : this.#kept.splice(fitting, 1);
    return new Uint8Array(memory, 0, byteLength);
  }

  async #check(from: number, units: Uint8Array): Promise<void> {
    const roots = await hashUnits(units);
    for (let at = 0; at < roots.byteLength; at += DIGEST_BYTES) {
      const unit = from + at / DIGEST_BYTES;
      const expected = this.#unitRoots.subarray(unit * DIGEST_BYTES, (unit + 1) * DIGEST_BYTES);
      if (equal(roots.subarray(at, at + DIGEST_BYTES), expected)) continue;
      const came = units.slice((at / DIGEST_BYTES) * UNIT_BYTES, (at / DIGEST_BYTES + 1) * UNIT_BYTES);
      this.#access.onWrongBytes?.(wrongUnit(this.holder, this.#unitRoots, unit, came));
      throw corrupt(this.holder, `its unit ${unit} has other bytes than were stored`);
    }
    this.#access.onChecked?.(this.holder, units.byteLength);
  }
}

function corrupt(holder: Holder, what: string): StowError {
  return new StowError({
    code: 'shard-corrupt',
    message: `shard ${holder.shardIndex} at provider ${holder.provider.id} is corrupt: ${what} (root ${toHex(holder.root)})`,
    hint: 'it is read elsewhere where enough other shards are left; the provider loses its collateral when it cannot prove it',
    exitCode: ExitCode.integrity,
  });
}

function truncated(holder: Holder, unit: number): StowError {
  return new StowError({
    code: 'shard-truncated',
    message: `shard ${holder.shardIndex} at provider ${holder.provider.id} ends before its unit ${unit} of ${holder.units}`,
    hint: 'it is read elsewhere where enough other shards are left',
    exitCode: ExitCode.integrity,
  });
}
