import { BaseError, type Log } from 'viem';

import type { Logger } from '../core/logger.ts';
import { type CallOptions, abortable } from './abortable.ts';
import type { ChainView } from './client.ts';
import { toChainError } from './errors.ts';
import { type MarketEvent, decodeEvents, marketAddresses } from './market-events.ts';

/** Blocks for which logs are asked at once: below the limit of hosted nodes (2,000 to 10,000), far above what a poll needs. */
const MAX_CHUNK_BLOCKS = 2_000n;

/** A stretch with more events than this is followed by a shorter one: so many take about 5 MB while they are decoded. */
export const MANY_LOGS = 1_000;

/** A block that was read, by number and hash. */
export interface BlockMark {
  readonly number: bigint;
  readonly hash: `0x${string}`;
}

/** What a stretch of the chain says about the market. */
export interface EventBatch {
  readonly fromBlock: bigint;
  readonly to: BlockMark;
  readonly events: readonly MarketEvent[];
}

/**
 * Reads the market's events in stretches of blocks. Nodes limit the stretch or the answer, each differently, so a refused one is halved
 * and later ones grow again.
 */
export class LogReader {
  readonly #view: ChainView;
  readonly #logger: Logger;
  #chunk = MAX_CHUNK_BLOCKS;
  /** False once the endpoint showed that it does not know what is final. */
  #knowsFinality = true;

  constructor(view: ChainView, logger: Logger) {
    this.#view = view;
    this.#logger = logger;
  }

  /** Newest block. */
  async head(options: CallOptions): Promise<bigint> {
    return this.#ask('read the newest block', async () => this.#view.client.getBlockNumber(), options);
  }

  /** The newest block that no reorganisation can remove; undefined where the endpoint does not tell. */
  async finalized(options: CallOptions): Promise<bigint | undefined> {
    if (!this.#knowsFinality) return undefined;
    try {
      const { number } = await abortable(this.#view.client.getBlock({ blockTag: 'finalized' }), options.signal);
      return number;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isMissingBlock(error)) return undefined;
      const failure = toChainError(error, 'read the newest final block');
      if (failure.retryable) throw failure;
      this.#knowsFinality = false;
      return undefined;
    }
  }

  /** The block of that number on the chain as it is now; undefined when the chain is not that long. */
  async mark(number: bigint, options: CallOptions): Promise<BlockMark | undefined> {
    try {
      const block = await abortable(this.#view.client.getBlock({ blockNumber: number }), options.signal);
      return { number, hash: block.hash };
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isMissingBlock(error)) return undefined;
      throw toChainError(error, `read block ${number}`);
    }
  }

  /**
   * The events of a stretch that starts at `fromBlock` and ends at `limit` or before. Undefined when the chain changed while it was
   * being read: look again.
   */
  async read(fromBlock: bigint, limit: bigint, options: CallOptions): Promise<EventBatch | undefined> {
    for (;;) {
      const toBlock = fromBlock + this.#chunk - 1n < limit ? fromBlock + this.#chunk - 1n : limit;
      const before = await this.mark(toBlock, options);
      if (before === undefined) return undefined;
      let logs: Log<bigint, number, false>[];
      try {
        const address = marketAddresses(this.#view.deployment);
        logs = await abortable(this.#view.client.getLogs({ address, fromBlock, toBlock }), options.signal);
      } catch (error) {
        options.signal?.throwIfAborted();
        this.#shrink(toBlock - fromBlock + 1n, error);
        continue;
      }
      // The hash of the last block covers all before it: the same hash on both sides of the read means one unbroken history.
      const after = await this.mark(toBlock, options);
      if (after?.hash !== before.hash) return undefined;
      this.#pace(toBlock - fromBlock + 1n, logs.length);
      return { fromBlock, to: before, events: decodeEvents(this.#view.deployment, logs) };
    }
  }

  /** Later stretches grow while they bring few events, and shrink before one of them fills the memory. */
  #pace(asked: bigint, logs: number): void {
    if (logs > MANY_LOGS) this.#chunk = asked > 1n ? asked / 2n : 1n;
    else if (logs < MANY_LOGS / 2 && this.#chunk < MAX_CHUNK_BLOCKS) this.#chunk *= 2n;
  }

  #shrink(asked: bigint, cause: unknown): void {
    const error = toChainError(cause, "read the market's events");
    if (error.retryable || asked <= 1n) throw error;
    this.#chunk = asked / 2n;
    this.#logger.debug({ blocks: Number(this.#chunk), reason: error.message }, 'asking for fewer blocks at once');
  }

  async #ask<T>(doing: string, request: () => Promise<T>, options: CallOptions): Promise<T> {
    try {
      return await abortable(request(), options.signal);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw toChainError(error, doing);
    }
  }
}

function isMissingBlock(error: unknown): boolean {
  return (
    error instanceof BaseError &&
    error.walk((cause) => cause instanceof Error && cause.name === 'BlockNotFoundError') !== null
  );
}
