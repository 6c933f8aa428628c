import { ExitCode, StowError } from '../../core/errors.ts';
import type { ShardHeader } from '../../pipeline/header/header-unit.ts';
import type { ShareDescription } from '../../pipeline/header/share-envelope.ts';
import { readHeader } from '../../transfer/read/read-header.ts';
import { ReaderPool } from '../../transfer/read/reader-pool.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';
import type { VerifiedReader } from '../../transfer/read/verified-reader.ts';
import { openObject } from '../get/open-object.ts';
import { ownEnvelope } from '../get/unseal.ts';
import { holdersOf } from '../holders.ts';
import type { KnownProvider } from '../market-view.ts';
import { noHolders } from '../no-holders.ts';
import { type StoredObject, titleOf } from '../stored-object.ts';

export interface DescribeComponents {
  readonly access: ShardAccess;
  readonly providersOf: (ids: readonly number[]) => Promise<ReadonlyMap<number, KnownProvider>>;
  /** The owner's raw X25519 private key. */
  readonly privateKey: Uint8Array;
}

/**
 * All that a reader has to know of one's own object, out of the header of any of its shards: only there is its secret.
 * @throws StowError `object-has-no-holders`, `too-few-shards`, `too-few-good-shards`, `envelope-closed`
 */
export async function describeOwn(
  components: DescribeComponents,
  object: StoredObject,
  options: { signal: AbortSignal },
): Promise<ShareDescription> {
  return (await openOwn(components, object, options)).description;
}

/**
 * As `describeOwn`, of an object that can be read: holders of k of its shards have just given out their unit roots and headers, and all that was checked.
 * @throws StowError as `describeOwn` does
 */
export async function describeReadable(
  components: DescribeComponents,
  object: StoredObject,
  options: { signal: AbortSignal },
): Promise<ShareDescription> {
  const { description, pool, reader } = await openOwn(components, object, options);
  // Of a shard that is being handed over, two holders count as one.
  const shown = new Set([reader.index]);
  while (shown.size < description.k) {
    const next = await pool.next();
    if (next === undefined) throw pool.tooFew(description);
    if (shown.has(next.index)) continue;
    try {
      requireSame(await readHeader(next, { objectKey: object.objectKey, ...options }), description);
      shown.add(next.index);
    } catch (error) {
      options.signal.throwIfAborted();
      pool.fail(next.holder, error);
    }
  }
  return description;
}

async function openOwn(
  { access, providersOf, privateKey }: DescribeComponents,
  object: StoredObject,
  { signal }: { signal: AbortSignal },
): Promise<{ description: ShareDescription; pool: ReaderPool; reader: VerifiedReader }> {
  const holders = await holdersOf(object.agreements, providersOf);
  if (holders.length === 0) throw noHolders(titleOf(object), object.state);
  const pool = new ReaderPool(access, holders, { signal });
  const opened = await openObject(pool, { objectKey: object.objectKey, unseal: ownEnvelope(privateKey), signal });
  if (opened === undefined) throw pool.tooFew(undefined);
  const { k, n, plainBytes } = opened.header;
  return { description: { ...opened.content, k, n, plainBytes }, pool, reader: opened.reader };
}

function requireSame(header: ShardHeader, { k, n, plainBytes }: ShareDescription): void {
  if (header.k === k && header.n === n && header.plainBytes === plainBytes) return;
  throw new StowError({
    code: 'bad-header',
    message: `shard ${header.index} says that it is one of ${header.n} of an object of ${header.plainBytes} bytes, another shard says of ${n} and ${plainBytes}`,
    hint: 'another shard of the object is read',
    exitCode: ExitCode.integrity,
  });
}
