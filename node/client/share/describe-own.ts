import type { ShareDescription } from '../../pipeline/header/share-envelope.ts';
import { ReaderPool } from '../../transfer/read/reader-pool.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';
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
 * @throws StowError `object-has-no-holders`, `too-few-shards`, `envelope-closed`
 */
export async function describeOwn(
  { access, providersOf, privateKey }: DescribeComponents,
  object: StoredObject,
  { signal }: { signal: AbortSignal },
): Promise<ShareDescription> {
  const holders = await holdersOf(object.agreements, providersOf);
  if (holders.length === 0) throw noHolders(titleOf(object), object.state);
  const pool = new ReaderPool(access, holders, { signal });
  const opened = await openObject(pool, { objectKey: object.objectKey, unseal: ownEnvelope(privateKey), signal });
  if (opened === undefined) throw pool.tooFew(undefined);
  const { k, n, plainBytes } = opened.header;
  return { ...opened.content, k, n, plainBytes };
}
