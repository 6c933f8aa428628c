import { systemClock } from '../../core/clock.ts';
import { isStowError } from '../../core/errors.ts';
import { decodeObject } from '../../pipeline/decode/decode-object.ts';
import type { Span } from '../../pipeline/decode/window-plan.ts';
import { noProgress, type ProgressListener } from '../progress.ts';
import type { Holder, ShardFailure } from '../../transfer/read/holder.ts';
import { openObject, type OpenedObject } from './open-object.ts';
import type { Unseal } from './unseal.ts';
import { ReaderPool } from '../../transfer/read/reader-pool.ts';
import { ReadersInUse } from '../../transfer/read/readers-in-use.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';
import type { VerifiedReader } from '../../transfer/read/verified-reader.ts';

/** So long a paid read waits for somebody cheaper than the holders: little beside what it takes to open it. */
const CHEAPER_WAIT_MS = 1_500;

export interface GetInit {
  objectKey: Uint8Array;
  holders: readonly Holder[];
  /** How its description is opened: as its owner, or as whom it is shared with. */
  unseal: Unseal;
  /** How many shards it probably takes, where that is known: then their holders are asked at once, which saves a round trip. */
  k?: number | undefined;
  /** Looks for others that have its shards; without it, only its holders are read. Never throws but for the signal. */
  findCaches?:
    ((holders: readonly Holder[], options: { signal: AbortSignal }) => Promise<readonly Holder[]>) | undefined;
  signal: AbortSignal;
  onProgress?: ProgressListener | undefined;
}

/** An object ready to be read. */
export interface ReadableObject extends OpenedObject {
  /**
   * The plaintext, or bytes [from, to) of it, every frame authenticated. Only the stripes that it touches are read. Read it once.
   * @param doneBytes what is there already of the same download: progress counts from there
   */
  bytes(range?: Span, doneBytes?: number): AsyncIterable<Uint8Array>;
  /** Shards that failed so far. */
  failures(): readonly ShardFailure[];
}

/**
 * Opens an object by its shards' own description. Its bytes come from k holders at once; one that fails midway is replaced.
 * @throws StowError `too-few-shards`, `too-few-good-shards` (wrong bytes were seen), `envelope-closed`, `share-mismatch`, `header-version`;
 *   reading the bytes throws them too
 */
export async function openForReading(access: ShardAccess, init: GetInit): Promise<ReadableObject> {
  const { signal, holders, onProgress = noProgress } = init;
  onProgress({ phase: 'locate' });
  const { findCaches } = init;
  // Where reads cost something, somebody may be cheaper; else, and if they are found too late, copies are for when holders fail.
  const isPaid = holders.some(({ rank = 0 }) => rank > 0);
  const finding = isPaid ? findCaches?.(holders, { signal }) : undefined;
  const cheaper = finding === undefined ? undefined : await inTime(finding, signal);
  const pool = new ReaderPool(access, [...holders, ...(cheaper ?? [])], {
    signal,
    onFailure: ({ shardIndex, provider, reason }) =>
      onProgress({
        phase: 'download',
        note: `shard ${shardIndex} is read elsewhere, provider ${provider} failed: ${reason}`,
      }),
  });
  if (findCaches !== undefined && cheaper === undefined)
    pool.expect(async () => finding ?? findCaches(holders, { signal }));
  if (init.k !== undefined) pool.prepare(init.k);
  const opened = await openObject(pool, init);
  if (opened === undefined) throw pool.tooFew(undefined);
  const { header, content, reader } = opened;
  return {
    header,
    content,
    bytes: (range, before = 0) => readBytes(pool, opened, reader, { range, before, signal, onProgress }),
    failures: () => pool.failures,
  };
}

/** What is found within a moment. */
async function inTime<T>(finding: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const found = new AbortController();
  const late = systemClock
    .sleep(CHEAPER_WAIT_MS, { signal: AbortSignal.any([signal, found.signal]) })
    .then(() => undefined);
  late.catch(() => undefined);
  try {
    return await Promise.race([finding, late]);
  } finally {
    found.abort();
  }
}

interface ReadInit {
  range: Span | undefined;
  /** Bytes of the download that are there already. */
  before: number;
  signal: AbortSignal;
  onProgress: ProgressListener;
}

async function* readBytes(
  pool: ReaderPool,
  opened: OpenedObject,
  first: VerifiedReader,
  { range, before, signal, onProgress }: ReadInit,
): AsyncGenerator<Uint8Array> {
  const { header, content } = opened;
  const whole = range ?? { from: 0, to: header.plainBytes };
  const readers = new ReadersInUse(pool, header, signal);
  await readers.fill(first);
  let doneBytes = before;
  const totalBytes = before + whole.to - whole.from;
  onProgress({ phase: 'download', doneBytes, totalBytes });
  const { secret } = content;
  for (;;) {
    const left = { from: whole.from + doneBytes - before, to: whole.to };
    try {
      for await (const part of decodeObject({
        header,
        secret,
        readers: readers.all,
        source: readers,
        range: left,
        signal,
      })) {
        // Whoever takes it may free it.
        const { byteLength } = part;
        yield part;
        doneBytes += byteLength;
        onProgress({ phase: 'download', doneBytes, totalBytes });
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (isStowError(error, 'too-few-shards')) throw pool.tooFew(header, error);
      // Every unit belonged to the root that its agreement names, and they do not fit together: some agreement names another shard's.
      if (!isStowError(error, 'frame-forged') || !(await readers.dropMislabelled())) throw error;
      await readers.fill();
    }
  }
}
