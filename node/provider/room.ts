import { statfs } from 'node:fs/promises';

import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { UNIT_BYTES } from '../core/units.ts';
import { DISK_CHECK_MS, DISK_RESERVE_BYTES } from './limits.ts';

export interface RoomComponents {
  /** Units of all shards on disk. */
  store: {
    usedUnits(): number;
    /** Units on disk of uploads that broke off. Their reservations count them, too. */
    keptUnits(): number;
  };
  /** Units that reservations keep free. */
  book: { totals(): { openUnits: number } };
  clock: Clock;
  logger: Logger;
}

export interface RoomInit {
  /** Folder whose disk holds the shards. */
  folder: string;
  /** What the operator sells, in units. */
  capacityUnits: number;
}

/** How much can still be taken in: what the operator sells, less what is held and reserved, and never more than the disk has. */
export class Room {
  readonly #components: RoomComponents;
  readonly #init: RoomInit;
  /** Units that are free, and those that reservations have filled so far. */
  #diskUnits = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(components: RoomComponents, init: RoomInit) {
    this.#components = components;
    this.#init = init;
  }

  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), DISK_CHECK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get capacityUnits(): number {
    return this.#init.capacityUnits;
  }

  /** Units that may still be reserved. Negative when the operator lowered the capacity, or the disk filled up otherwise. */
  freeUnits(): number {
    const { store, book } = this.#components;
    const { openUnits } = book.totals();
    const unsold = this.#init.capacityUnits - store.usedUnits() - openUnits;
    return Math.min(unsold, this.#diskUnits - openUnits);
  }

  async #look(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(this.#init.folder);
      const free = Math.floor((bavail * bsize - DISK_RESERVE_BYTES) / UNIT_BYTES);
      this.#diskUnits = free + this.#components.store.keptUnits();
    } catch (error) {
      // A disk that does not answer takes nothing in.
      this.#diskUnits = 0;
      this.#components.logger.error(
        { folder: this.#init.folder, reason: messageOf(error) },
        'the disk does not say what is free',
      );
    }
  }
}
