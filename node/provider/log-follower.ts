import { abortable } from '../chain/abortable.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { type BlockRange, blockRanges } from './block-ranges.ts';
import type { ChainClock } from './chain-clock.ts';
import type { FactName, Facts } from './ledger/facts.ts';
import { EVENT_READ_EVERY_MS, EVENT_REREAD_BLOCKS, SAVE_PLACE_EVERY_BLOCKS } from './limits.ts';
import { Turns } from './turns.ts';

export interface LogFollowerComponents {
  chainClock: Pick<ChainClock, 'subscribe' | 'head' | 'look'>;
  ledger: { readonly facts: Pick<Facts, 'get' | 'set'> };
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  logger: Logger;
}

export interface LogFollowerInit {
  /** For the log. */
  name: string;
  /** Where the place outlives the process. */
  place: Extract<FactName, 'next-block' | 'next-channel-block'>;
  /** Nothing of interest lies before it. */
  firstBlock: bigint;
  /**
   * Takes in what the chain's log says about a range; durable when it resolves. Blocks come again: after a crash, and some of the newest each time, which heals a
   * short reorganisation.
   */
  take: (range: BlockRange, signal: AbortSignal) => Promise<void>;
}

/** Reads the chain's log from where the last run stopped, and goes on with new blocks. */
export class LogFollower {
  readonly #components: LogFollowerComponents;
  readonly #init: LogFollowerInit;
  readonly #turns: Turns;
  #stopping = new AbortController();
  #syncing: Promise<void> | undefined;
  #turning: Promise<void> | undefined;
  /** How far this run has read; the ledger may say less. */
  #nextBlock: bigint | undefined;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(components: LogFollowerComponents, init: LogFollowerInit) {
    this.#components = components;
    this.#init = init;
    this.#turns = new Turns(components, init.name, (_head, signal) => this.#turn(signal));
  }

  /** Returns once everything up to now was taken in. */
  async start(): Promise<void> {
    this.#stopping = new AbortController();
    await this.sync();
    this.#turns.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#turns.stop();
    await Promise.allSettled([this.#syncing, this.#turning]);
  }

  /** Blocks that were taken in: all before this one. */
  get nextBlock(): bigint {
    return this.#nextBlock ?? this.#savedNextBlock;
  }

  get #savedNextBlock(): bigint {
    return BigInt(this.#components.ledger.facts.get(this.#init.place) ?? this.#init.firstBlock);
  }

  /** Reads up to the newest block. Calls at the same time share one reading, which goes on for the others when one stops waiting. */
  async sync(signal?: AbortSignal): Promise<void> {
    this.#syncing ??= this.#readNewest(this.#stopping.signal).finally(() => (this.#syncing = undefined));
    await abortable(this.#syncing, signal);
  }

  /** Blocks may come faster than their events are worth asking for. Who needs them at once calls `sync`. */
  async #turn(signal: AbortSignal): Promise<void> {
    const { clock } = this.#components;
    const waitMs = this.#readMs + EVENT_READ_EVERY_MS - clock.monotonicMs();
    if (waitMs > 0) await clock.sleep(waitMs, { signal });
    if (this.#syncing !== undefined) return this.sync(signal);
    // The chain's clock has just looked.
    this.#turning = this.#read(this.#components.chainClock.head.block, signal).finally(
      () => (this.#turning = undefined),
    );
    await this.#turning;
  }

  async #readNewest(signal: AbortSignal): Promise<void> {
    // It may end before the newest block; two readings at once would ask for the same twice.
    await this.#turning?.catch(() => undefined);
    const { block } = await abortable(this.#components.chainClock.look(), signal);
    await this.#read(block, signal);
  }

  async #read(newest: bigint, signal: AbortSignal): Promise<void> {
    const { firstBlock, take } = this.#init;
    this.#readMs = this.#components.clock.monotonicMs();
    const again = this.nextBlock - EVENT_REREAD_BLOCKS;
    for (const range of blockRanges(again > firstBlock ? again : firstBlock, newest)) {
      await take(range, signal);
      this.#advance(range.to + 1n);
    }
  }

  /** A sync of the disk for the place alone would stop everything else with each block. */
  #advance(next: bigint): void {
    if (next <= this.nextBlock) return;
    this.#nextBlock = next;
    if (next - this.#savedNextBlock >= SAVE_PLACE_EVERY_BLOCKS)
      this.#components.ledger.facts.set(this.#init.place, String(next));
  }
}
