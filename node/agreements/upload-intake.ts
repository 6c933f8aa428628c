import type { PeerId } from '@libp2p/interface';

import { fromHex, to0x } from '../core/bytes.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { UNIT_BYTES } from '../core/units.ts';
import type { Hex } from '../market/messages.ts';
import { RESERVATION_IDLE_S } from './limits.ts';
import { refusal, unknownReservation } from './refusals.ts';
import type { Reservation, ReservationBook } from './reservation.ts';

/** A shard on its way to disk. */
export interface IncomingShard {
  /** Takes whole units in upload order: 1, 2, …, n − 1, then 0. */
  write(units: Uint8Array): Promise<void>;
  /** Resolves once bytes and tree are durable under the root. */
  commit(): Promise<{ root: Uint8Array; units: number }>;
  /** Keeps what came in whole units. @returns how many units in upload order those are, all that came before included */
  suspend(): Promise<number>;
  /** Leaves nothing behind. Also after a failed `write` or `commit`. */
  discard(): Promise<void>;
}

export interface UploadIntakeComponents {
  book: Pick<ReservationBook, 'find' | 'markStored' | 'prolong'>;
  shards: {
    /** Goes on with the upload for a reservation, or begins it: a shard of at most `unitsMax` units. */
    begin(reservationId: string, unitsMax: number): Promise<IncomingShard>;
    /** Units in upload order that are kept of an upload that broke off. */
    kept(reservationId: string): Promise<number>;
    drop(reservationId: string): Promise<void>;
    /** Reservations that something is kept for. */
    unfinished(): Promise<string[]>;
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
  abort(reason: unknown, options: { keep: boolean }): Promise<void>;
}

/** Lets a reservation's own peer fill it, once, in as many goes as it takes, and notes what arrived. */
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

  /**
   * @param from units in upload order that came before; 0 to begin anew
   * @throws StowError `reservation-unknown`, `upload-state`, `upload-wrong-offset`
   */
  async open(reservationId: string, remotePeer: PeerId, from: number): Promise<UploadSink> {
    const { shards } = this.#components;
    const held = this.#own(reservationId, remotePeer);
    if (held.state !== 'reserved') {
      throw refusal('upload-state', 'the shard of this reservation has arrived already', 'ask for the signature');
    }
    this.#claim(reservationId);
    try {
      if (from === 0) await shards.drop(reservationId);
      const kept = await shards.kept(reservationId);
      if (from !== kept) throw wrongOffset(from, kept);
      const shard = await shards.begin(reservationId, held.request.units);
      return this.#sink(reservationId, { units: held.request.units - from, from }, shard);
    } catch (error) {
      this.#active.delete(reservationId);
      throw error;
    }
  }

  /** How far the upload for a reservation is. @throws StowError `reservation-unknown`, `upload-state` */
  async state(reservationId: string, remotePeer: PeerId): Promise<{ units: number; root?: Uint8Array }> {
    const held = this.#own(reservationId, remotePeer);
    if (held.state !== 'reserved') return { units: held.units, root: fromHex(held.root, 32) };
    this.#claim(reservationId);
    try {
      return { units: await this.#components.shards.kept(reservationId) };
    } finally {
      this.#active.delete(reservationId);
    }
  }

  /** Removes what came for a reservation that was given up. What is still coming goes when it ends. */
  async forget(reservationId: string): Promise<void> {
    if (!this.#active.has(reservationId)) await this.#components.shards.drop(reservationId);
  }

  /** Removes what came for reservations that are no more. */
  async dropStrays(): Promise<void> {
    const { book, shards, logger } = this.#components;
    for (const id of await shards.unfinished()) {
      if (book.find(id)?.state === 'reserved') continue;
      await this.forget(id);
      logger.info({ reservation: id }, 'unfinished upload removed: its reservation is gone');
    }
  }

  #own(reservationId: string, remotePeer: PeerId): Reservation {
    const held = this.#components.book.find(reservationId);
    if (held === undefined || held.peer !== remotePeer.toString()) throw unknownReservation(reservationId);
    return held;
  }

  #claim(reservationId: string): void {
    if (this.#active.has(reservationId)) {
      throw refusal('upload-state', 'an upload of this reservation is under way', 'wait for it, or end it first', true);
    }
    this.#active.add(reservationId);
  }

  #sink(reservationId: string, init: { units: number; from: number }, shard: IncomingShard): UploadSink {
    return {
      maxBytes: init.units * UNIT_BYTES,
      write: (units) => shard.write(units),
      finish: async () => {
        const arrived = await this.#commit(reservationId, shard);
        this.#active.delete(reservationId);
        return arrived;
      },
      abort: async (reason, { keep }) => {
        const kept = keep ? await this.#keep(reservationId, init.from, shard) : 0;
        if (kept === 0) await shard.discard();
        this.#active.delete(reservationId);
        this.#components.logger.info(
          { reservation: reservationId, kept, reason: messageOf(reason) },
          'upload broke off',
        );
      },
    };
  }

  /** What came stays as long as the reservation, which lives on for a while after each progress. Never throws. */
  async #keep(reservationId: string, from: number, shard: IncomingShard): Promise<number> {
    const { book, chain, shards, logger } = this.#components;
    const kept = await shard.suspend();
    try {
      if (book.find(reservationId)?.state === 'reserved') {
        if (kept > from) book.prolong(reservationId, chain.nowS() + RESERVATION_IDLE_S);
        return kept;
      }
      await shards.drop(reservationId);
      return 0;
    } catch (error) {
      // The provider is stopping, or the disk fails: what is kept is looked at again at the next start.
      logger.debug(
        { reservation: reservationId, reason: messageOf(error) },
        'not known whether an upload is to be kept',
      );
      return kept;
    }
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

function wrongOffset(from: number, kept: number): ReturnType<typeof refusal> {
  return refusal(
    'upload-wrong-offset',
    `${kept} units of this upload are here, not ${from}`,
    'ask how far the upload is, and go on from there; or begin anew, from 0',
  );
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
