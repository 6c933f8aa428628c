import type { PeerId } from '@libp2p/interface';

import { fromHex, to0x } from '../core/bytes.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { UNIT_BYTES } from '../core/units.ts';
import type { Hex } from '../market/messages.ts';
import { RESERVATION_IDLE_S } from './limits.ts';
import { refusal, unknownReservation } from './refusals.ts';
import type { ReservationBook } from './reservation.ts';

/** A shard on its way to disk. */
export interface IncomingShard {
  /** Takes whole units in upload order: 1, 2, …, n − 1, then 0. */
  write(units: Uint8Array): Promise<void>;
  /** Resolves once bytes and tree are durable under the root. */
  commit(): Promise<{ root: Uint8Array; units: number }>;
  /** Leaves nothing behind. Also after a failed `write` or `commit`. */
  discard(): Promise<void>;
}

export interface UploadIntakeComponents {
  book: Pick<ReservationBook, 'find' | 'markStored'>;
  /** Starts a shard of at most `unitsMax` units. */
  shards: {
    begin(unitsMax: number): Promise<IncomingShard>;
    /** Undefined when the shard is not stored. */
    units(root: Uint8Array): Promise<number | undefined>;
  };
  chain: { nowS(): number };
  logger: Logger;
}

/** What bulk transport writes an upload into. */
export interface UploadSink {
  readonly maxBytes: number;
  write(units: Uint8Array): Promise<void>;
  finish(): Promise<{ root: Uint8Array; units: number }>;
  abort(reason: unknown): Promise<void>;
}

/** Lets a reservation's own peer fill it, once, and notes what arrived. */
export class UploadIntake {
  readonly #components: UploadIntakeComponents;
  readonly #active = new Set<string>();
  #committing = 0;
  #deleting: Promise<void> = Promise.resolve();

  constructor(components: UploadIntakeComponents) {
    this.#components = components;
  }

  /** Whether bytes are arriving for a reservation: it does not lapse meanwhile. */
  isActive(reservationId: string): boolean {
    return this.#active.has(reservationId);
  }

  /**
   * Runs `work`, which deletes shards, while no upload is being committed: between the moment when a shard is on disk and the
   * moment when its reservation names it, it looks like one that nobody needs. Gives false when an upload is in that state now.
   */
  async whileNoneCommits(work: () => Promise<void>): Promise<boolean> {
    if (this.#committing > 0) return false;
    const running = work();
    this.#deleting = running.then(ignore, ignore);
    await running;
    return true;
  }

  /**
   * Fills a reservation with a shard that is on disk already.
   * @returns false when it is not there, or larger than was reserved, or on its way
   */
  async adopt(reservationId: string, root: Hex): Promise<boolean> {
    const { book, shards, chain, logger } = this.#components;
    // As a commit: what is about to be named must not be deleted meanwhile.
    this.#committing += 1;
    try {
      await this.#deleting;
      const units = await shards.units(fromHex(root, 32));
      const held = book.find(reservationId);
      if (held?.state !== 'reserved') return held !== undefined && held.root === root;
      if (units === undefined || units > held.request.units || this.#active.has(reservationId)) return false;
      book.markStored(reservationId, { root, units, expiresAt: chain.nowS() + RESERVATION_IDLE_S });
      logger.info({ reservation: reservationId, units }, 'shard is stored already');
      return true;
    } finally {
      this.#committing -= 1;
    }
  }

  /** @throws StowError `reservation-unknown`, `upload-state` */
  async open(reservationId: string, remotePeer: PeerId): Promise<UploadSink> {
    const { book, shards } = this.#components;
    const held = book.find(reservationId);
    if (held === undefined || held.peer !== remotePeer.toString()) throw unknownReservation(reservationId);
    if (held.state !== 'reserved') {
      throw refusal('upload-state', 'the shard of this reservation has arrived already', 'ask for the signature');
    }
    if (this.#active.has(reservationId)) {
      throw refusal('upload-state', 'an upload of this reservation is under way', 'wait for it, or end it first', true);
    }
    this.#active.add(reservationId);
    try {
      return this.#sink(reservationId, held.request.units, await shards.begin(held.request.units));
    } catch (error) {
      this.#active.delete(reservationId);
      throw error;
    }
  }

  #sink(reservationId: string, maxUnits: number, shard: IncomingShard): UploadSink {
    return {
      maxBytes: maxUnits * UNIT_BYTES,
      write: (units) => shard.write(units),
      finish: async () => {
        const arrived = await this.#commit(reservationId, shard);
        this.#active.delete(reservationId);
        return arrived;
      },
      abort: async (reason) => {
        this.#components.logger.info({ reservation: reservationId, reason: messageOf(reason) }, 'upload given up');
        await shard.discard();
        this.#active.delete(reservationId);
      },
    };
  }

  async #commit(reservationId: string, shard: IncomingShard): Promise<{ root: Uint8Array; units: number }> {
    const { book, chain, logger } = this.#components;
    this.#committing += 1;
    try {
      await this.#deleting;
      const arrived = await shard.commit();
      // The peer may have released it, or its time may have run out, while the last bytes were on their way.
      const held = book.find(reservationId);
      if (held === undefined) throw unknownReservation(reservationId);
      const root = to0x(arrived.root);
      if (held.bid !== undefined && held.bid.root !== root) throw wrongShard(held.bid.root, root);
      // A shard of a bid waits until the bid is answered or over.
      const expiresAt = Math.max(chain.nowS() + RESERVATION_IDLE_S, held.bid?.bidExpiry ?? 0);
      book.markStored(reservationId, { root, units: arrived.units, expiresAt });
      logger.info({ reservation: reservationId, units: arrived.units }, 'shard stored');
      return arrived;
    } finally {
      this.#committing -= 1;
    }
  }
}

function wrongShard(wanted: Hex, root: Hex): ReturnType<typeof refusal> {
  return refusal(
    'upload-wrong-shard',
    `the bid wants the shard with root ${wanted}, and the bytes that came have root ${root}`,
    'send the shard that was announced',
  );
}

function ignore(): void {
  // Whoever deletes hears of its failure; a commit only waits for the end.
}
