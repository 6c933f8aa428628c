import { LRUCache } from 'lru-cache';
import PQueue from 'p-queue';

import type { Clock } from '../core/clock.ts';
import { StowError } from '../core/errors.ts';
import type { Address } from '../market/messages.ts';
import { CHANNEL_FRESH_MS, MAX_ACCOUNTS, MAX_CHANNEL_LOOKUPS, MAX_WAITING_LOOKUPS } from './limits.ts';
import { closing, refused } from './refusals.ts';

/** A channel as the chain has it. */
export interface ChannelFacts {
  readonly client: Address;
  readonly provider: number;
  /** Token wei. */
  readonly deposit: bigint;
  /** Token wei that were paid out of it. */
  readonly redeemed: bigint;
  /** Unix seconds from which it closes by itself. */
  readonly expiry: number;
  /** Unix seconds from which vouchers no longer count; 0 while its client does not close it. */
  readonly closesAt: number;
}

export interface ChannelLookupComponents {
  chain: {
    /** Undefined when it was never opened, or is closed. */
    channel(channel: bigint): Promise<ChannelFacts | undefined>;
    nowS(): number;
  };
  clock: Pick<Clock, 'monotonicMs'>;
}

/** The channels to this provider that vouchers can still be redeemed over, asked of the chain now and then. */
export class ChannelLookup {
  readonly #components: ChannelLookupComponents;
  readonly #provider: number;
  readonly #known = new LRUCache<bigint, { facts: Promise<ChannelFacts | undefined>; atMs: number }>({
    max: MAX_ACCOUNTS,
  });
  readonly #queue = new PQueue({ concurrency: MAX_CHANNEL_LOOKUPS });

  constructor(components: ChannelLookupComponents, { provider }: { provider: number }) {
    this.#components = components;
    this.#provider = provider;
  }

  /** A channel that more may be served over. @throws StowError `channel-unknown`, `channel-closing`, `provider-busy` */
  async open(channel: bigint): Promise<ChannelFacts> {
    const facts = await this.facts(channel);
    if (facts.closesAt === 0 && this.#components.chain.nowS() < facts.expiry) return facts;
    throw closing(channel);
  }

  /**
   * @param least token wei that its deposit is expected to be: when less is known, the chain is asked again
   * @throws StowError `channel-unknown`, `provider-busy`
   */
  async facts(channel: bigint, least = 0n): Promise<ChannelFacts> {
    const { clock } = this.#components;
    const known = this.#known.get(channel);
    const isFresh = known !== undefined && clock.monotonicMs() - known.atMs < CHANNEL_FRESH_MS;
    let facts = isFresh ? await known.facts : await this.#ask(channel);
    if (isFresh && (facts?.deposit ?? 0n) < least) facts = await this.#ask(channel);
    if (facts?.provider !== this.#provider)
      throw refused(
        'channel-unknown',
        `there is no channel ${channel} to this provider, or it is closed`,
        'open one: stowmarket channel open PROVIDER TOKENS',
      );
    return facts;
  }

  async #ask(channel: bigint): Promise<ChannelFacts | undefined> {
    if (this.#queue.size >= MAX_WAITING_LOOKUPS) throw busy();
    const facts = this.#queue.add(async () => this.#components.chain.channel(channel));
    this.#known.set(channel, { facts, atMs: this.#components.clock.monotonicMs() });
    try {
      return await facts;
    } catch (error) {
      // What failed is asked again.
      if (this.#known.get(channel)?.facts === facts) this.#known.delete(channel);
      throw error;
    }
  }
}

function busy(): StowError {
  return new StowError({
    code: 'provider-busy',
    message: 'this provider is looking up as many channels as it can at once',
    hint: 'try again in a moment, or read from another holder',
    retryable: true,
  });
}
