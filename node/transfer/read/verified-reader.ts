import { equal, toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { DIGEST_BYTES, UNIT_BYTES } from '../../core/units.ts';
import type { ShardReader } from '../../pipeline/decode/reader-set.ts';
import { unitRoot } from '../../pipeline/merkle/unit-tree.ts';
import { rootOfUnitRoots } from '../../pipeline/merkle/upper-tree.ts';
import type { Holder } from './holder.ts';
import type { ShardAccess } from './shard-access.ts';
import { wrongUnit } from './wrong-bytes.ts';

/** Reads a shard from one holder and lets no byte through that does not belong to the root in the agreement. */
export class VerifiedReader implements ShardReader {
  readonly holder: Holder;
  readonly #access: ShardAccess;
  readonly #unitRoots: Uint8Array;

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
    // Every byte is written before it is returned.
    const bytes = Buffer.allocUnsafeSlow(count * UNIT_BYTES);
    let filled = 0;
    for await (const block of this.#access.readUnits(this.holder, from, count, options)) {
      for (let at = 0; at < block.byteLength; at += UNIT_BYTES) {
        this.#requireUnit(from + filled / UNIT_BYTES, block.subarray(at, at + UNIT_BYTES));
        bytes.set(block.subarray(at, at + UNIT_BYTES), filled);
        filled += UNIT_BYTES;
      }
    }
    if (filled !== bytes.byteLength) throw truncated(this.holder, from + filled / UNIT_BYTES);
    return bytes;
  }

  #requireUnit(unit: number, bytes: Uint8Array): void {
    const expected = this.#unitRoots.subarray(unit * DIGEST_BYTES, (unit + 1) * DIGEST_BYTES);
    if (bytes.byteLength !== UNIT_BYTES) throw truncated(this.holder, unit);
    if (equal(unitRoot(bytes), expected)) return;
    this.#access.onWrongBytes?.(wrongUnit(this.holder, this.#unitRoots, unit, bytes));
    throw corrupt(this.holder, `its unit ${unit} has other bytes than were stored`);
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
