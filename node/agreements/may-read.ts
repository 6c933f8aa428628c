import { zeroAddress } from 'viem';

import type { Clock } from '../core/clock.ts';
import type { Address } from '../market/messages.ts';
import { MAX_KNOWN_SHARES, MAX_SHARE_LOOKUPS, UNSHARED_FOR_MS } from './limits.ts';
import type { ServedObject } from './read-rules.ts';
import { refusal } from './refusals.ts';

export interface MayReadComponents {
  chain: {
    /** Unix seconds before which `reader` may read an object of its owner; 0 when never. The zero address is everybody. */
    sharedUntil(object: ServedObject, reader: Address): Promise<number>;
    /** Number of the latest block that was seen. */
    block(): bigint;
    /** Unix seconds of the chain's clock. */
    nowS(): number;
  };
  clock: Pick<Clock, 'monotonicMs'>;
}

interface Known {
  readonly until: number;
  readonly block: bigint;
  readonly atMs: number;
}

/**
 * Whom owners share their objects with, as the chain's catalogue says. A download asks thousands of times, so an answer counts until the next
 * block is seen: what is taken back is refused from then on. That something is not shared is believed for a moment only.
 */
export class MayRead {
  readonly #components: MayReadComponents;
  /** By owner, object and reader, the latest answer last. */
  readonly #known = new Map<string, Known>();
  readonly #asked = new Map<string, Promise<number>>();

  constructor(components: MayReadComponents) {
    this.#components = components;
  }

  /** Whether a reader may read: as itself, or as everybody may. @throws StowError `provider-busy`, those of the chain */
  async mayRead(object: ServedObject, reader: Address): Promise<boolean> {
    return (await this.#isShared(object, reader)) || this.isPublic(object);
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
    const key = `${object.client}:${object.objectKey}:${reader}`.toLowerCase();
    const known = this.#known.get(key);
    const fresh = (since: Known): boolean =>
      since.until > 0 ? since.block === chain.block() : clock.monotonicMs() - since.atMs < UNSHARED_FOR_MS;
    if (known !== undefined && fresh(known)) return known.until;
    const asked = this.#asked.get(key) ?? this.#ask(key, object, reader);
    return asked;
  }

  async #ask(key: string, object: ServedObject, reader: Address): Promise<number> {
    if (this.#asked.size >= MAX_SHARE_LOOKUPS) throw busy();
    const { chain, clock } = this.#components;
    // Noted before the question: a block that comes meanwhile makes the answer old.
    const block = chain.block();
    const answer = chain.sharedUntil(object, reader).finally(() => this.#asked.delete(key));
    this.#asked.set(key, answer);
    const until = await answer;
    this.#known.delete(key);
    this.#known.set(key, { until, block, atMs: clock.monotonicMs() });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_KNOWN_SHARES) break;
      this.#known.delete(oldest);
    }
    return until;
  }
}

function busy(): ReturnType<typeof refusal> {
  return refusal(
    'provider-busy',
    'this provider is looking up as many shares as it can at once',
    'try again in a moment, or read from another holder',
    true,
  );
}
