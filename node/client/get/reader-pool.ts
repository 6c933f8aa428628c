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

/**
 * The holders of an object's shards as a queue of readers: data shards first, as they need no decoding. Who failed is not asked
 * again, and is remembered with the reason.
 */
export class ReaderPool {
  readonly #access: ShardAccess;
  readonly #queue: Holder[];
  readonly #failures: ShardFailure[] = [];
  readonly #signal: AbortSignal;
  readonly #onFailure: (failure: ShardFailure) => void;

  constructor(
    access: ShardAccess,
    holders: readonly Holder[],
    init: { signal: AbortSignal; onFailure?: (failure: ShardFailure) => void },
  ) {
    this.#access = access;
    this.#queue = holders.toSorted((a, b) => a.shardIndex - b.shardIndex);
    this.#signal = init.signal;
    this.#onFailure = init.onFailure ?? (() => undefined);
  }

  get failures(): readonly ShardFailure[] {
    return this.#failures;
  }

  /** A reader whose holder answered and showed units that belong to the root; undefined when nobody is left. */
  async next(): Promise<VerifiedReader | undefined> {
    for (let holder = this.#queue.shift(); holder !== undefined; holder = this.#queue.shift()) {
      this.#signal.throwIfAborted();
      try {
        return await VerifiedReader.open(this.#access, holder, { signal: this.#signal });
      } catch (error) {
        this.#signal.throwIfAborted();
        this.fail(holder, error);
      }
    }
    return undefined;
  }

  /** Remembers that a holder failed. */
  fail(holder: Holder, reason: unknown): void {
    const failure = {
      shardIndex: holder.shardIndex,
      provider: holder.provider.id,
      reason: messageOf(reason),
      integrity: isStowError(reason) && (reason.exitCode === ExitCode.integrity || INTEGRITY_CODES.has(reason.code)),
    };
    this.#failures.push(failure);
    this.#onFailure(failure);
  }

  /** What to say when fewer than k shards can be read. Wrong bytes anywhere make it an integrity failure. */
  tooFew(shape: { k: number; n: number }, cause?: unknown): StowError {
    const corrupt = this.#failures.some(({ integrity }) => integrity);
    const lines = this.#failures.map(
      ({ shardIndex, provider, reason }) => `\n  - shard ${shardIndex}, provider ${provider}: ${reason}`,
    );
    return new StowError({
      code: corrupt ? 'too-few-good-shards' : 'too-few-shards',
      message: `${shape.k} of the object's ${shape.n} shards are needed to read it, and fewer can be read:${lines.join('')}`,
      hint: corrupt
        ? 'the shards named as corrupt are lost unless their providers repair them; try again in case others come back'
        : 'try again when more of its providers can be reached; `stowmarket status OBJECT` shows them',
      retryable: !corrupt,
      exitCode: corrupt ? ExitCode.integrity : ExitCode.tryAgain,
      cause,
    });
  }
}
