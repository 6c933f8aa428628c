import { assert } from '../core/assert.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { type CallOptions, abortable } from './abortable.ts';
import type { ChainView } from './client.ts';
import { type BlockMark, type EventBatch, LogReader } from './log-reader.ts';

/** Who follows the market. Calls never overlap, and come in the chain's order. */
export interface EventSink {
  /** Blocks follow each other without gaps; a stretch may hold no events. */
  apply(batch: EventBatch): void;
  /** The chain changed: forget every block above `block`. Never more than `REORG_DEPTH` blocks. */
  rollback(block: bigint): void;
  /** The chain changed more deeply: forget everything; all of it comes again. */
  reset(): void;
}

/** How many blocks back a reorganisation is undone step by step; what goes deeper is read again from the start. */
export const REORG_DEPTH = 128n;
/** Twice as long after every failure, up to this: an endpoint that is down is asked twice a minute. */
const MAX_BACKOFF_MS = 30_000;

export interface LogWatcherComponents {
  view: ChainView;
  sinks: readonly EventSink[];
  logger: Logger;
  clock: Clock;
}

export interface LogWatcherInit {
  /** First block to read; the deployment's when absent. */
  fromBlock?: bigint | undefined;
  /** A block counts once it has so many on the chain, itself included. */
  confirmations?: number | undefined;
  pollMs?: number | undefined;
}

/**
 * Follows the market's events: reads each new stretch of blocks, notices when blocks that were read are no longer on the chain, takes them
 * back and reads on from there. Gaps in the connection only delay it.
 */
export class LogWatcher {
  readonly #reader: LogReader;
  readonly #sinks: readonly EventSink[];
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #firstBlock: bigint;
  readonly #confirmations: bigint;
  readonly #pollMs: number;
  /** Blocks at which stretches ended, oldest first: where a reorganisation can be undone to. */
  #marks: BlockMark[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #stopping: AbortController | undefined;
  #loop: Promise<void> | undefined;

  constructor(components: LogWatcherComponents, init: LogWatcherInit = {}) {
    const { view, logger } = components;
    this.#logger = logger.child({ part: 'log-watcher' });
    this.#reader = new LogReader(view, this.#logger);
    this.#sinks = components.sinks;
    this.#clock = components.clock;
    this.#firstBlock = init.fromBlock ?? view.deployment.deployedAtBlock;
    this.#confirmations = BigInt(init.confirmations ?? 1);
    this.#pollMs = init.pollMs ?? 500;
    assert(this.#confirmations >= 1n, 'at least one confirmation');
  }

  /** The last block whose events the sinks have; one below the first block before anything was read. */
  get appliedBlock(): bigint {
    return this.#marks.at(-1)?.number ?? this.#firstBlock - 1n;
  }

  /** Follows the chain until stopped. Failures are logged and tried again. */
  start(): void {
    assert(this.#loop === undefined, 'started once');
    this.#stopping = new AbortController();
    this.#loop = this.#follow(this.#stopping.signal);
  }

  /** Resolves once nothing is applied any more. */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    await this.#loop;
    await this.#turn;
    this.#loop = undefined;
  }

  /** Brings the sinks up to the newest block that counts. Throws `chain-unreachable` and its like. */
  async syncOnce(options: CallOptions = {}): Promise<void> {
    const work = this.#turn.then(async () => this.#sync(options));
    this.#turn = work.catch(() => undefined);
    await abortable(work, options.signal);
  }

  /** Resolves once the sinks have `block`: after a transaction, its receipt's. */
  async syncTo(block: bigint, options: CallOptions = {}): Promise<void> {
    for (;;) {
      if (this.appliedBlock >= block) return;
      await this.syncOnce(options);
      if (this.appliedBlock >= block) return;
      await this.#clock.sleep(this.#pollMs, options);
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let waitMs = this.#pollMs;
    while (!signal.aborted) {
      try {
        await this.syncOnce({ signal });
        waitMs = this.#pollMs;
      } catch (error) {
        if (signal.aborted) return;
        waitMs = Math.min(waitMs * 2, MAX_BACKOFF_MS);
        this.#logger.warn({ reason: messageOf(error), againInMs: waitMs }, 'cannot follow the chain');
      }
      await this.#clock.sleep(waitMs, { signal }).catch(() => undefined);
    }
  }

  async #sync(options: CallOptions): Promise<void> {
    for (;;) {
      options.signal?.throwIfAborted();
      await this.#undoLostBlocks(options);
      const limit = (await this.#reader.head(options)) - (this.#confirmations - 1n);
      const from = this.appliedBlock + 1n;
      if (from > limit) return;
      const batch = await this.#reader.read(from, limit, options);
      if (batch !== undefined) this.#apply(batch);
    }
  }

  #apply(batch: EventBatch): void {
    for (const sink of this.#sinks) sink.apply(batch);
    this.#marks.push(batch.to);
    const oldest = batch.to.number - REORG_DEPTH;
    this.#marks = this.#marks.filter((mark) => mark.number >= oldest);
  }

  /** Compares what was read with the chain as it is now, from the newest mark backwards. */
  async #undoLostBlocks(options: CallOptions): Promise<void> {
    const kept = [...this.#marks];
    for (let mark = kept.at(-1); mark !== undefined; mark = kept.at(-1)) {
      const now = await this.#reader.mark(mark.number, options);
      if (now?.hash === mark.hash) break;
      kept.pop();
    }
    if (kept.length === this.#marks.length) return;
    const common = kept.at(-1)?.number;
    this.#logger.warn(
      { from: Number(this.appliedBlock), to: Number(common ?? this.#firstBlock) },
      'the chain was reorganised; reading again',
    );
    this.#marks = kept;
    for (const sink of this.#sinks) {
      if (common === undefined) sink.reset();
      else sink.rollback(common);
    }
  }
}
