import { isStowError } from '../../core/errors.ts';
import { rebuildShard } from '../../pipeline/decode/rebuild-shard.ts';
import type { ShardHeader } from '../../pipeline/header/header-unit.ts';
import type { Holder, ShardFailure } from './holder.ts';
import { readHeader } from './read-header.ts';
import { ReaderPool } from './reader-pool.ts';
import { ReadersInUse } from './readers-in-use.ts';
import type { ShardAccess } from './shard-access.ts';
import type { VerifiedReader } from './verified-reader.ts';

export interface OthersInit {
  objectKey: Uint8Array;
  /** The shard that is wanted: its own holders are not read. */
  shardIndex: number;
  holders: readonly Holder[];
  signal: AbortSignal;
  onFailure?: ((failure: ShardFailure) => void) | undefined;
}

/** The other shards of an object, one of them open and its header read. */
export interface OtherShards {
  header: ShardHeader;
  reader: VerifiedReader;
  pool: ReaderPool;
}

/**
 * Opens the others of a shard until one shows a header that fits.
 * @throws StowError `too-few-shards`, `too-few-good-shards`, `header-version`
 */
export async function openOthers(access: ShardAccess, init: OthersInit): Promise<OtherShards> {
  const { objectKey, shardIndex, signal, onFailure } = init;
  const others = init.holders.filter((holder) => holder.shardIndex !== shardIndex);
  const pool = new ReaderPool(access, others, { signal, ...(onFailure === undefined ? {} : { onFailure }) });
  for (let reader = await pool.next(); reader !== undefined; reader = await pool.next()) {
    try {
      return { header: await readHeader(reader, { objectKey, signal }), reader, pool };
    } catch (error) {
      signal.throwIfAborted();
      if (isStowError(error, 'header-version')) throw error;
      pool.fail(reader.holder, error);
    }
  }
  throw pool.tooFew(undefined);
}

/**
 * The shard out of any k of its others, every unit of theirs checked before it is used; in upload order, as `rebuildShard`. One that fails
 * midway is replaced.
 * @param skipUnits units of the upload order that were passed on before
 * @throws StowError `too-few-shards`, `too-few-good-shards`
 */
export async function* rebuildFromOthers(
  { header, reader: first, pool }: OtherShards,
  { shardIndex, signal, skipUnits }: Pick<OthersInit, 'shardIndex' | 'signal'> & { skipUnits?: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const readers = new ReadersInUse(pool, header, signal);
  await readers.fill(first);
  try {
    yield* rebuildShard({ header, index: shardIndex, readers: readers.all, source: readers, skipUnits, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw isStowError(error, 'too-few-shards') ? pool.tooFew(header, error) : error;
  }
}
