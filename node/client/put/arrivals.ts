import { equal } from '../../core/bytes.ts';
import type { EncodedObject } from '../../pipeline/encode/object-encoder.ts';
import type { PutComponents } from './put-types.ts';
import type { Reservations } from './reserve.ts';
import type { PutJournal } from './unfinished/unfinished-puts.ts';
import { wrongRoot } from './upload.ts';
import type { StoredShard } from './upload-race.ts';

export interface ArrivalsInit {
  reservations: Reservations;
  journal: PutJournal;
  signal: AbortSignal;
  /** Takes a shard from a provider that has something else than was sent. */
  giveUp: (index: number, reason: unknown) => void;
}

/** How much of which shard providers have, as far as it is known. */
export class Arrivals {
  /** Shards that are stored under the root that the source gives. */
  readonly stored = new Map<number, StoredShard>();
  /** Shards that providers say they have, where their root is not known here yet. */
  readonly claimed = new Map<number, StoredShard>();
  /** Units in upload order that providers have of shards that broke off. */
  readonly arrived = new Map<number, number>();
  readonly #components: Pick<PutComponents, 'uploader' | 'logger'>;
  readonly #init: ArrivalsInit;

  constructor(components: Pick<PutComponents, 'uploader' | 'logger'>, init: ArrivalsInit) {
    this.#components = components;
    this.#init = init;
  }

  /** Asks those that an earlier process had chosen for their room again, and what they have. @returns shards that are there */
  async takeUp(): Promise<number> {
    const { journal, reservations, signal } = this.#init;
    await reservations.reclaim(journal.record.places, { signal });
    await Promise.all([...reservations.held.keys()].map(async (index) => this.look(index)));
    return this.stored.size + this.claimed.size;
  }

  /** Asks a provider how much of a shard it has. Who does not answer has nothing. */
  async look(index: number): Promise<void> {
    const { reservations, journal, signal, giveUp } = this.#init;
    const { provider, reservation } = reservations.require(index);
    try {
      const { units, root } = await this.#components.uploader.uploadState(provider, reservation, { signal });
      const known = this.#rootOf(index);
      this.arrived.delete(index);
      if (root === undefined) {
        if (units > 0) this.arrived.set(index, units);
      } else if (known === undefined) this.claimed.set(index, { root, units });
      else if (equal(known, root)) this.stored.set(index, { root, units });
      else giveUp(index, wrongRoot(index, { root, units }, { root: known, units: journal.record.shards?.units ?? 0 }));
    } catch (error) {
      signal.throwIfAborted();
      this.#components.logger.debug({ shard: index, err: error }, 'a provider does not say how far an upload is');
    }
  }

  /** After a whole reading, roots are known: what providers claimed to have is the shard, or they are out. */
  async settle({ roots, unitsPerShard: units }: EncodedObject): Promise<void> {
    const known = roots.map((root, index) => root ?? this.#rootOf(index) ?? null);
    await this.#init.journal.save({ shards: { units, roots: known } });
    for (const [index, claimed] of this.claimed) {
      const sent = { root: roots[index], units };
      if (sent.root !== undefined && equal(sent.root, claimed.root) && units === claimed.units)
        this.stored.set(index, claimed);
      else this.#init.giveUp(index, wrongRoot(index, claimed, sent));
    }
    this.claimed.clear();
  }

  forget(index: number): void {
    this.stored.delete(index);
    this.claimed.delete(index);
    this.arrived.delete(index);
  }

  #rootOf(index: number): Uint8Array | undefined {
    return this.#init.journal.record.shards?.roots[index] ?? undefined;
  }
}
