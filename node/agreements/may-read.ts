import { LRUCache } from 'lru-cache';
import { zeroAddress } from 'viem';

import type { Clock } from '../core/clock.ts';
import type { Address } from '../market/messages.ts';
import { MAX_KNOWN_SHARES, SHARED_WHILE_WAITING_MS, UNSHARED_FOR_MS } from './limits.ts';
import { LookupQueue } from './lookup-queue.ts';
import type { ServedObject } from './read-rules.ts';

export interface MayReadComponents {
  chain: {
    /** Unix seconds before which `reader` may read an object of its owner; 0 when never. The zero address is everybody. */
    sharedUntil(object: ServedObject, reader: Address): Promise<number>;
    /** Number of the latest block that was seen. */
    block(): bigint;
    /** Unix seconds of the chain's clock. */
    nowS(): number;
  };
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
}

interface Known {
  readonly until: number;
  readonly block: bigint;
  readonly atMs: number;
  /** When it was first seen to be old, as far as it was. */
  oldSinceMs?: number;
}

interface Asked {
  readonly answer: Promise<number>;
  /** Whether the question has yet to be put. */
  readonly turn: { waits: boolean };
}

/**
 * Whom owners share their objects with, as the chain's catalogue says. A download asks thousands of times, so an answer counts until the next
 * block is seen: what is taken back is refused from then on, or some seconds later where strangers ask more than the chain is to be asked.
 * That something is not shared is believed for a moment only.
 */
export class MayRead {
  readonly #components: MayReadComponents;
  readonly #queue: LookupQueue;
  /** By owner, object and reader. Whoever makes up readers does not displace those that are let in. */
  readonly #shared = new LRUCache<string, Known>({ max: MAX_KNOWN_SHARES });
  readonly #unshared = new LRUCache<string, Known>({ max: MAX_KNOWN_SHARES });
  readonly #asked = new Map<string, Asked>();

  constructor(components: MayReadComponents) {
    this.#components = components;
    this.#queue = new LookupQueue(components);
  }

  /** Whether a reader may read: as itself, or as everybody may. @throws StowError `provider-busy`, those of the chain */
  async mayRead(object: ServedObject, reader: Address): Promise<boolean> {
    // Of what is public, one answer does for all readers: with a question about each, a few hundred of them fill the line.
    const isKnown = this.#shared.has(keyOf(object, reader));
    for (const whom of isKnown ? [reader, zeroAddress] : [zeroAddress, reader])
      if (await this.#isShared(object, whom)) return true;
    return false;
  }

  /** Whether everybody may read. @throws StowError as `mayRead` */
  async isPublic(object: ServedObject): Promise<boolean> {
    return this.#isShared(object, zeroAddress);
  }

  async #isShared(object: ServedObject, reader: Address): Promise<boolean> {
    const until = await this.#until(object, reader);
    return this.#components.chain.nowS() < until;
  }

  async #until(object: ServedObject, reader: Address): Promise<number> {
    const { chain, clock } = this.#components;
    const key = keyOf(object, reader);
    const unshared = this.#unshared.get(key);
    const nowMs = clock.monotonicMs();
    if (unshared !== undefined && nowMs - unshared.atMs < UNSHARED_FOR_MS) return unshared.until;
    const shared = this.#shared.get(key);
    if (shared?.block === chain.block()) return shared.until;
    const asked = this.#asked.get(key) ?? this.#ask(key, object, reader);
    if (shared !== undefined && asked.turn.waits) {
      shared.oldSinceMs ??= nowMs;
      if (nowMs - shared.oldSinceMs < SHARED_WHILE_WAITING_MS) return shared.until;
    }
    return asked.answer;
  }

  #ask(key: string, object: ServedObject, reader: Address): Asked {
    const turn = { waits: true };
    const lookUp = async (): Promise<number> => {
      turn.waits = false;
      return this.#lookUp(key, object, reader);
    };
    const answer = this.#queue.run(lookUp, { isKnown: this.#shared.has(key) }).finally(() => this.#asked.delete(key));
    // Who counts as let in meanwhile does not wait for it.
    answer.catch(() => undefined);
    const asked = { answer, turn };
    this.#asked.set(key, asked);
    return asked;
  }

  async #lookUp(key: string, object: ServedObject, reader: Address): Promise<number> {
    const { chain, clock } = this.#components;
    // Noted before the question: a block that comes meanwhile makes the answer old.
    const block = chain.block();
    const until = await chain.sharedUntil(object, reader);
    for (const known of [this.#shared, this.#unshared]) known.delete(key);
    const known = until > 0 ? this.#shared : this.#unshared;
    known.set(key, { until, block, atMs: clock.monotonicMs() });
    return until;
  }
}

function keyOf({ client, objectKey }: ServedObject, reader: Address): string {
  return `${client}:${objectKey}:${reader}`.toLowerCase();
}
