import { assert } from '../core/assert.ts';
import type { Clock } from '../core/clock.ts';
import { type StowError, isStowError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { type CallOptions, abortable } from './abortable.ts';
import type { ChainView } from './client.ts';
import { type BlockMark, type EventBatch, LogReader } from './log-reader.ts';

/** Who follows the market, and remembers how far. Calls never overlap, and come in the chain's order. */
export interface EventSink {
  /** Blocks at which stretches ended, oldest first: the last is what was read, the others are where it can be taken back to. */
  marks(): Promise<readonly BlockMark[]>;
  /**
   * Blocks follow each other without gaps; a stretch may hold no events. Only what is above `floor` may be taken back later; no stretch
   * reaches across it.
   */
  apply(batch: EventBatch, floor: bigint): Promise<void>;
  /** The chain changed: forget every block above `block`, one of the marks. */
  rollback(block: bigint): Promise<void>;
  /** The chain changed more deeply: forget everything; all of it comes again. */
  reset(): Promise<void>;
}

/** How many blocks back a reorganisation is undone step by step, at least; what goes deeper is read again from the start. */
export const REORG_DEPTH = 128n;
/**
 * And at most, where the chain says that its last final block lies so far behind: the way back costs as much room as the blocks' events, and
 * some chains call nothing final.
 */
export const MAX_UNDO_BLOCKS = 10_000n;
/** Twice as long after every failure, up to this: an endpoint that is down is asked twice a minute. */
const MAX_BACKOFF_MS = 30_000;

export interface LogWatcherComponents {
  view: ChainView;
  sink: EventSink;
  logger: Logger;
  clock: Clock;
}

export interface LogWatcherInit {
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
  readonly #sink: EventSink;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #firstBlock: bigint;
  readonly #confirmations: bigint;
  readonly #pollMs: number;
  #turn: Promise<unknown> = Promise.resolve();
  #stopping: AbortController | undefined;
  #loop: Promise<void> | undefined;

  constructor(components: LogWatcherComponents, init: LogWatcherInit = {}) {
    const { view, logger } = components;
    this.#logger = logger.child({ part: 'log-watcher' });
    this.#reader = new LogReader(view, this.#logger);
    this.#sink = components.sink;
    this.#clock = components.clock;
    this.#firstBlock = view.deployment.deployedAtBlock;
    this.#confirmations = BigInt(init.confirmations ?? 1);
    this.#pollMs = init.pollMs ?? 500;
    assert(this.#confirmations >= 1n, 'at least one confirmation');
  }

  /** The last block whose events the sink has; one below the first block before anything was read. */
  async appliedBlock(): Promise<bigint> {
    return (await this.#sink.marks()).at(-1)?.number ?? this.#firstBlock - 1n;
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

  /** Brings the sink up to the newest block that counts. Throws `chain-unreachable` and its like. */
  async syncOnce(options: CallOptions = {}): Promise<void> {
    const work = this.#turn.then(async () => this.#sync(options));
    this.#turn = work.catch(() => undefined);
    await abortable(work, options.signal);
  }

  /** Resolves once the sink has `block`: after a transaction, its receipt's. */
  async syncTo(block: bigint, options: CallOptions = {}): Promise<void> {
    for (;;) {
      if ((await this.appliedBlock()) >= block) return;
      await this.syncOnce(options);
      if ((await this.appliedBlock()) >= block) return;
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
    for (let incomplete = 0; ;) {
      options.signal?.throwIfAborted();
      const head = (await this.#reader.head(options)) - (this.#confirmations - 1n);
      if (!(await this.#undoLostBlocks(head, options))) return;
      const from = (await this.appliedBlock()) + 1n;
      if (from > head) return;
      const floor = floorOf(head, await this.#reader.finalized(options));
      const batch = await this.#reader.read(from, from <= floor ? floor : head, options);
      if (batch === undefined) continue;
      try {
        await this.#sink.apply(batch, floor);
        incomplete = 0;
      } catch (error) {
        if (!isStowError(error, 'chain-incomplete')) throw error;
        incomplete++;
        await this.#retryIncomplete(incomplete, error, options);
      }
    }
  }

  /**
   * Something was left out: of this stretch, which a moment may mend, or of one before it, which only reading again does.
   * @throws StowError `chain-incomplete` when neither did
   */
  async #retryIncomplete(times: number, error: StowError, options: CallOptions): Promise<void> {
    this.#logger.warn({ reason: error.message, times }, 'the endpoint left out events; reading again');
    if (times === 1) await this.#clock.sleep(this.#pollMs, options);
    else if (times === 2) await this.#sink.reset();
    else throw error;
  }

  /**
   * Compares what was read with the chain as it is now, and takes back what is no longer on it. False when the endpoint has not got as far
   * as the sink: nothing is known to be lost, and there is nothing to read.
   */
  async #undoLostBlocks(head: bigint, options: CallOptions): Promise<boolean> {
    const marks = await this.#sink.marks();
    const last = marks.at(-1);
    if (last === undefined) return true;
    const within = marks.filter(({ number }) => number <= head);
    const common = await this.#newestOnChain(within, options);
    if (common !== undefined ? common === within.at(-1) : within.length === 0) {
      if (within.length === marks.length) return true;
      this.#logger.warn({ head: Number(head), read: Number(last.number) }, 'the endpoint lags behind what was read');
      return false;
    }
    this.#logger.warn(
      { from: Number(last.number), to: Number(common?.number ?? this.#firstBlock) },
      'the chain was reorganised; reading again',
    );
    if (common === undefined) await this.#sink.reset();
    else await this.#sink.rollback(common.number);
    return true;
  }

  /** The newest of the marks that is on the chain; all before one that is are, too. */
  async #newestOnChain(marks: readonly BlockMark[], options: CallOptions): Promise<BlockMark | undefined> {
    const isOnChain = async (mark: BlockMark | undefined): Promise<boolean> =>
      mark !== undefined && (await this.#reader.mark(mark.number, options))?.hash === mark.hash;
    // Nearly always the last one.
    if (await isOnChain(marks.at(-1))) return marks.at(-1);
    let [low, high] = [0, marks.length - 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (await isOnChain(marks[middle])) low = middle + 1;
      else high = middle;
    }
    return marks[low - 1];
  }
}

/** The highest block that no reorganisation is taken back to. */
function floorOf(head: bigint, finalized: bigint | undefined): bigint {
  const usual = head - REORG_DEPTH;
  const wanted = finalized !== undefined && finalized < usual ? finalized : usual;
  return wanted > head - MAX_UNDO_BLOCKS ? wanted : head - MAX_UNDO_BLOCKS;
}
