import { ExitCode, isStowError, messageOf, StowError } from '../../core/errors.ts';
import type { Holder, ShardFailure } from './holder.ts';
import type { ShardAccess } from './shard-access.ts';
import { VerifiedReader } from './verified-reader.ts';

/** Codes of failures that show wrong bytes, rather than a holder out of reach. */
const INTEGRITY_CODES = new Set([
  'shard-corrupt',
  'shard-truncated',
  'short-read',
  'bad-header',
  'transfer-length-mismatch',
]);

/** A holder that has not answered by then may never: another is asked besides, and the first one to answer serves. */
const HEDGE_MS = 1_500;

/** A holder that is too busy to say whether it may be read is asked again after so long, as far as there is nobody else to ask. */
const BUSY_PAUSE_MS = 1_000;

/** So often a holder may say so before it is given up: its line is full then for longer than its own waiting. */
const MAX_TIMES_BUSY = 3;

function byRank(a: Holder, b: Holder): number {
  return (a.rank ?? 0) - (b.rank ?? 0) || a.shardIndex - b.shardIndex;
}

type Waiter = PromiseWithResolvers<VerifiedReader | undefined>;

/** Of what is about money the hint, too: only the reader can do something about it. */
function reasonOf(reason: unknown): string {
  const isMoney = isStowError(reason) && reason.exitCode === ExitCode.funds && reason.hint !== undefined;
  return isMoney ? `${reason.message} (${reason.hint})` : messageOf(reason);
}

/**
 * The holders of an object's shards as a queue of readers: the cheapest and fastest first; of equals, data shards, as they need no decoding. Who failed is not asked
 * again, and is remembered with the reason; who is busy is, after the others. Who answers late is kept for later. Of several that have one shard, one is asked at a
 * time: the next once that one failed.
 */
export class ReaderPool {
  readonly #access: ShardAccess;
  readonly #queue: Holder[] = [];
  /** Others that have a shard, by its index, the cheapest and fastest first. */
  readonly #alternatives = new Map<number, Holder[]>();
  /** Shards for which somebody is asked, waits to be, or serves. */
  readonly #provided = new Set<number>();
  #find: (() => Promise<readonly Holder[]>) | undefined;
  /** Whoever is being looked for may still have a shard. */
  #expected = 0;
  readonly #failures: ShardFailure[] = [];
  readonly #signal: AbortSignal;
  readonly #onFailure: (failure: ShardFailure) => void;
  readonly #waiting: Waiter[] = [];
  readonly #spares: VerifiedReader[] = [];
  #opening = 0;
  /** Holders asked beyond the readers that are waited for. */
  #extra = 0;
  #hedge: NodeJS.Timeout | undefined;
  /** Holders that were busy, to be asked again. */
  readonly #busy: Holder[] = [];
  readonly #timesBusy = new Map<Holder, number>();
  #pause: NodeJS.Timeout | undefined;
  /** Readers that are opened, or open, before anybody asks for them. */
  #ahead = 0;

  constructor(
    access: ShardAccess,
    holders: readonly Holder[],
    init: { signal: AbortSignal; onFailure?: (failure: ShardFailure) => void },
  ) {
    this.#access = access;
    this.#signal = init.signal;
    this.#onFailure = init.onFailure ?? (() => undefined);
    this.#add(holders);
  }

  /** How others that have shards are found, once those that are known do not suffice. Nobody is told that nobody is left before that was tried. */
  expect(find: () => Promise<readonly Holder[]>): void {
    this.#find = find;
  }

  #lookFurther(): void {
    const find = this.#find;
    if (find === undefined) return;
    this.#find = undefined;
    this.#expected++;
    void find()
      .catch((): readonly Holder[] => [])
      .then((holders) => {
        this.#expected--;
        if (this.#signal.aborted) return;
        this.#add(holders);
        this.#pump();
      });
  }

  get failures(): readonly ShardFailure[] {
    return this.#failures;
  }

  /** Begins to open so many readers that will be asked for soon. */
  prepare(count: number): void {
    this.#ahead = count;
    this.#pump();
  }

  /** A reader whose holder answered and showed units that belong to the root; undefined when nobody is left. */
  async next(): Promise<VerifiedReader | undefined> {
    this.#signal.throwIfAborted();
    this.#ahead = Math.max(0, this.#ahead - 1);
    const spare = this.#spares.shift();
    if (spare !== undefined) return spare;
    const waiter: Waiter = Promise.withResolvers();
    const onAbort = (): void => waiter.reject(this.#signal.reason);
    this.#signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.push(waiter);
    this.#pump();
    try {
      return await waiter.promise;
    } finally {
      this.#signal.removeEventListener('abort', onAbort);
      const index = this.#waiting.indexOf(waiter);
      if (index !== -1) this.#waiting.splice(index, 1);
      if (this.#waiting.length === 0) this.#disarm();
    }
  }

  /** Keeps as many holders opening as readers are waited for or prepared, and lets everybody go when nobody is left. */
  #pump(): void {
    const prepared = (): number => Math.max(0, this.#ahead - this.#spares.length);
    while (this.#opening < this.#waiting.length + this.#extra + prepared()) {
      const holder = this.#queue.shift();
      if (holder === undefined) break;
      void this.#open(holder);
    }
    if (this.#waiting.length > this.#opening && this.#queue.length === 0) this.#lookFurther();
    if (this.#busy.length > 0) {
      if (this.#waiting.length > 0 && this.#queue.length === 0) this.#armPause();
    } else if (this.#opening === 0 && this.#expected === 0)
      for (const waiter of this.#waiting.splice(0)) waiter.resolve(undefined);
    if (this.#waiting.length > 0 && this.#queue.length > 0) this.#arm();
  }

  async #open(holder: Holder): Promise<void> {
    this.#opening++;
    try {
      const reader = await VerifiedReader.open(this.#access, holder, { signal: this.#signal });
      this.#extra = 0;
      const waiter = this.#waiting.shift();
      if (waiter === undefined) this.#spares.push(reader);
      else waiter.resolve(reader);
    } catch (error) {
      if (!this.#signal.aborted) this.fail(holder, error);
    } finally {
      this.#opening--;
    }
    if (!this.#signal.aborted) this.#pump();
  }

  #arm(): void {
    this.#hedge ??= setTimeout(() => {
      this.#hedge = undefined;
      this.#extra++;
      this.#pump();
    }, HEDGE_MS);
  }

  #armPause(): void {
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      this.#queue.push(...this.#busy.splice(0));
      this.#pump();
    }, BUSY_PAUSE_MS);
  }

  #disarm(): void {
    clearTimeout(this.#hedge);
    clearTimeout(this.#pause);
    this.#hedge = undefined;
    this.#pause = undefined;
  }

  /** Remembers that a holder failed; one that is only busy is asked again, a few times. */
  fail(holder: Holder, reason: unknown): void {
    const timesBusy = this.#timesBusy.get(holder) ?? 0;
    if (isStowError(reason, 'provider-busy') && reason.retryable && timesBusy < MAX_TIMES_BUSY) {
      this.#timesBusy.set(holder, timesBusy + 1);
      this.#busy.push(holder);
      return;
    }
    const failure = {
      shardIndex: holder.shardIndex,
      provider: holder.provider.id,
      reason: reasonOf(reason),
      // A copy that is wrong says nothing about the shard.
      integrity:
        holder.isCache !== true &&
        isStowError(reason) &&
        (reason.exitCode === ExitCode.integrity || INTEGRITY_CODES.has(reason.code)),
    };
    this.#failures.push(failure);
    this.#onFailure(failure);
    const next = this.#alternatives.get(holder.shardIndex)?.shift();
    if (next === undefined) this.#provided.delete(holder.shardIndex);
    else this.#queue.unshift(next);
  }

  /** The best of each shard is asked in its turn; the others wait for it to fail. */
  #add(holders: readonly Holder[]): void {
    for (const holder of holders.toSorted(byRank)) {
      const { shardIndex } = holder;
      if (this.#provided.has(shardIndex))
        this.#alternatives.set(shardIndex, [...(this.#alternatives.get(shardIndex) ?? []), holder]);
      else {
        this.#provided.add(shardIndex);
        this.#queue.push(holder);
      }
    }
  }

  /**
   * What to say when fewer than k shards can be read. Wrong bytes anywhere make it an integrity failure.
   * @param shape undefined while no header was read
   */
  tooFew(shape: { k: number; n: number } | undefined, cause?: unknown): StowError {
    const corrupt = this.#failures.some(({ integrity }) => integrity);
    const lines = this.#failures.map(
      ({ shardIndex, provider, reason }) => `\n  - shard ${shardIndex}, provider ${provider}: ${reason}`,
    );
    return new StowError({
      code: corrupt ? 'too-few-good-shards' : 'too-few-shards',
      message:
        shape === undefined
          ? `none of the object's shards can be read:${lines.join('')}`
          : `${shape.k} of the object's ${shape.n} shards are needed to read it, and fewer can be read:${lines.join('')}`,
      hint: corrupt
        ? 'the shards named as corrupt are lost unless their providers repair them; try again in case others come back'
        : 'try again when more of its providers can be reached; `stowmarket status OBJECT` shows them',
      retryable: !corrupt,
      exitCode: corrupt ? ExitCode.integrity : ExitCode.tryAgain,
      cause,
    });
  }
}
