import { isStowError } from '../../core/errors.ts';
import { decodeObject } from '../../pipeline/decode/decode-object.ts';
import type { ShardReader } from '../../pipeline/decode/reader-set.ts';
import type { Span } from '../../pipeline/decode/window-plan.ts';
import { noProgress, type ProgressListener } from '../progress.ts';
import type { Holder, ShardFailure } from '../../transfer/read/holder.ts';
import { openObject, type OpenedObject } from './open-object.ts';
import type { Unseal } from './unseal.ts';
import { ReaderPool } from '../../transfer/read/reader-pool.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';
import type { VerifiedReader } from '../../transfer/read/verified-reader.ts';

export interface GetInit {
  objectKey: Uint8Array;
  holders: readonly Holder[];
  /** How its description is opened: as its owner, or as whom it is shared with. */
  unseal: Unseal;
  /** How many shards it probably takes, where that is known: then their holders are asked at once, which saves a round trip. */
  k?: number | undefined;
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
  const pool = new ReaderPool(access, holders, {
    signal,
    onFailure: ({ shardIndex, provider, reason }) =>
      onProgress({
        phase: 'download',
        note: `shard ${shardIndex} is read elsewhere, provider ${provider} failed: ${reason}`,
      }),
  });
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

interface ReadInit {
  range: Span | undefined;
  /** Bytes of the download that are there already. */
  before: number;
  signal: AbortSignal;
  onProgress: ProgressListener;
}

async function* readBytes(
  pool: ReaderPool,
  { header, content }: OpenedObject,
  first: VerifiedReader,
  { range, before, signal, onProgress }: ReadInit,
): AsyncGenerator<Uint8Array> {
  const others = await Promise.all(Array.from({ length: header.k - 1 }, async () => pool.next()));
  const readers = [first, ...others].filter((reader) => reader !== undefined);
  if (readers.length < header.k) throw pool.tooFew(header);
  const holderOf = new Map<ShardReader, Holder>(readers.map((reader) => [reader, reader.holder]));
  const replace = async (failed: ShardReader, reason: unknown): Promise<VerifiedReader | undefined> => {
    signal.throwIfAborted();
    const holder = holderOf.get(failed);
    if (holder !== undefined) pool.fail(holder, reason);
    const next = await pool.next();
    if (next !== undefined) holderOf.set(next, next.holder);
    return next;
  };
  let doneBytes = before;
  const totalBytes = before + (range === undefined ? header.plainBytes : range.to - range.from);
  onProgress({ phase: 'download', doneBytes, totalBytes });
  try {
    for await (const part of decodeObject({ header, secret: content.secret, readers, replace, range, signal })) {
      // Whoever takes it may free it.
      const { byteLength } = part;
      yield part;
      doneBytes += byteLength;
      onProgress({ phase: 'download', doneBytes, totalBytes });
    }
  } catch (error) {
    signal.throwIfAborted();
    if (isStowError(error, 'too-few-shards')) throw pool.tooFew(header, error);
    throw error;
  }
}
