import { assert } from '../core/assert.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf, StowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { MAX_CHAIN_SILENCE_MS } from '../agreements/limits.ts';
import { HEAD_RETRY_MAX_MS, HEAD_RETRY_MIN_MS } from './limits.ts';

/** The chain's latest block, and the period that it lies in. */
export interface Head {
  readonly block: bigint;
  /** Unix seconds of the block. */
  readonly timestampS: number;
  readonly period: number;
}

export interface ChainClockInit {
  /** First block of period 1. */
  genesisBlock: bigint;
  periodBlocks: bigint;
  /** Between two looks at the chain's head. */
  pollMs: number;
}

export interface ChainClockComponents {
  readHead: (signal: AbortSignal) => Promise<{ block: bigint; timestampS: number }>;
  clock: Clock;
  logger: Logger;
}

/**
 * The provider's sense of time: blocks and periods, never the machine's clock. Looks at the chain's head again and again, and
 * tells its listeners of each new one. An endpoint that fails is asked less and less often until it answers again.
 */
export class ChainClock {
  readonly #components: ChainClockComponents;
  readonly #init: ChainClockInit;
  readonly #listeners = new Set<(head: Head) => void>();
  #head: Head | undefined;
  #seenMs = 0;
  #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(components: ChainClockComponents, init: ChainClockInit) {
    assert(init.periodBlocks > 0n, 'periods have blocks');
    this.#components = components;
    this.#init = init;
  }

  /** Returns once a first head was read. @throws what `readHead` throws */
  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    this.#stopping = new AbortController();
    await this.look();
    this.#running = this.#loop(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#running = undefined;
  }

  get head(): Head {
    assert(this.#head !== undefined, 'the chain clock was started');
    return this.#head;
  }

  /** Milliseconds since the endpoint last answered. */
  silentMs(): number {
    return this.#components.clock.monotonicMs() - this.#seenMs;
  }

  /**
   * Unix seconds of the chain's clock now: the latest block's.
   * @throws StowError `provider-chain-behind` when the chain has not answered for long
   */
  nowS(): number {
    if (this.silentMs() > MAX_CHAIN_SILENCE_MS) {
      throw new StowError({
        code: 'provider-chain-behind',
        message: 'this provider has lost sight of the chain',
        hint: 'choose another provider, or try again later',
        retryable: true,
      });
    }
    return this.head.timestampS;
  }

  /** First block of a period. */
  opening(period: number): bigint {
    return this.#init.genesisBlock + BigInt(period - 1) * this.#init.periodBlocks;
  }

  get periodBlocks(): bigint {
    return this.#init.periodBlocks;
  }

  /** Calls `listener` for each new head. Listeners return at once. Gives the function that ends it. */
  subscribe(listener: (head: Head) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the head now, besides the regular looks. */
  async look(): Promise<Head> {
    const { readHead, clock } = this.#components;
    const { block, timestampS } = await readHead(this.#stopping.signal);
    this.#seenMs = clock.monotonicMs();
    const period = Number((block - this.#init.genesisBlock) / this.#init.periodBlocks) + 1;
    const head = { block, timestampS, period };
    // A lower number is a lagging endpoint or a reorganisation; time that was seen does not come back.
    if (this.#head === undefined || block > this.#head.block) {
      this.#head = head;
      for (const listener of this.#listeners) listener(head);
    }
    return this.#head;
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#components;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await clock.sleep(failures === 0 ? this.#init.pollMs : retryMs(failures), { signal });
        await this.look();
        if (failures > 0) logger.info({ failures }, 'the chain answers again');
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        if (failures === 1) logger.warn({ reason: messageOf(error) }, 'the chain does not answer; looking again');
      }
    }
  }
}

function retryMs(failures: number): number {
  return Math.min(HEAD_RETRY_MAX_MS, HEAD_RETRY_MIN_MS * 2 ** Math.min(failures - 1, 10));
}
