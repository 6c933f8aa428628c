import { assert } from '../core/assert.ts';
import type { StoreUsage } from './shard-store.ts';
import { storeFull } from './store-errors.ts';

/** Room that was promised to one writer. Settled once: kept as used, or given back. */
export interface Reservation {
  readonly units: number;
  /** The writer stored this many units, at most those reserved. */
  keep(units: number): void;
  release(): void;
}

/** Counts units: stored ones, and those promised before their first byte. */
export class Quota {
  readonly #capacityUnits: number;
  #usedUnits: number;
  #reservedUnits = 0;
  #keptUnits = 0;

  constructor(capacityUnits: number, usedUnits = 0) {
    this.#capacityUnits = capacityUnits;
    this.#usedUnits = usedUnits;
  }

  get usage(): StoreUsage {
    return {
      capacityUnits: this.#capacityUnits,
      usedUnits: this.#usedUnits,
      reservedUnits: this.#reservedUnits,
      keptUnits: this.#keptUnits,
    };
  }

  /**
   * Throws `store-full` when fewer than `units` are left.
   * @param onDiskUnits so many of them hold bytes of an upload that broke off
   */
  reserve(units: number, onDiskUnits = 0): Reservation {
    assert(Number.isSafeInteger(units) && units > 0, `a reservation of ${units} units`);
    const free = this.#capacityUnits - this.#usedUnits - this.#reservedUnits;
    if (units > free) throw storeFull(units, free, 'the store');
    return this.#promise(units, onDiskUnits);
  }

  /** Counts what is on disk of an upload that broke off, whether there is room for it or not: it is there. */
  hold(units: number): Reservation {
    return this.#promise(units, units);
  }

  #promise(units: number, onDiskUnits: number): Reservation {
    this.#reservedUnits += units;
    this.#keptUnits += onDiskUnits;
    let open = true;
    const settle = (kept: number): void => {
      if (!open) return;
      open = false;
      this.#reservedUnits -= units;
      this.#keptUnits -= onDiskUnits;
      this.#usedUnits += kept;
    };
    return {
      units,
      keep: (kept) => {
        assert(kept <= units, 'no more is kept than was reserved');
        settle(kept);
      },
      release: () => settle(0),
    };
  }

  /** A stored shard is gone. */
  free(units: number): void {
    assert(units <= this.#usedUnits, 'no more is freed than is used');
    this.#usedUnits -= units;
  }
}
