import type { Catalogue } from '../catalogue.ts';
import { openForReading } from '../get/get.ts';
import { ownEnvelope } from '../get/unseal.ts';
import { holdersOf } from '../holders.ts';
import type { KnownProvider } from '../market-view.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';
import type { StoredObject } from '../stored-object.ts';
import { readSegmentHead, type OpenSegment } from './read-segment.ts';

export interface SegmentComponents {
  access: ShardAccess;
  /** The owner's raw X25519 private key. */
  privateKey: Uint8Array;
  providersOf: (ids: readonly number[]) => Promise<ReadonlyMap<number, KnownProvider>>;
}

/** Opens a segment of the wallet's pack, as often as it is called. */
export function openingSegment(
  { access, privateKey, providersOf }: SegmentComponents,
  { objectKey, agreements }: Pick<StoredObject, 'objectKey' | 'agreements'>,
  { signal }: { signal: AbortSignal },
): OpenSegment {
  return async () => {
    const holders = await holdersOf(agreements, providersOf);
    return openForReading(access, { objectKey, holders, unseal: ownEnvelope(privateKey), signal });
  };
}

/** Reads what a segment holds, and keeps that in the catalogue. @throws StowError `bad-pack`, `pack-version`, and what reading throws */
export async function learnSegment(
  components: SegmentComponents & { catalogue: Pick<Catalogue, 'putSegmentHead'> },
  object: Pick<StoredObject, 'objectKey' | 'agreements'>,
  options: { signal: AbortSignal },
): Promise<Uint8Array> {
  const head = await readSegmentHead(openingSegment(components, object, options));
  components.catalogue.putSegmentHead(object.objectKey, head);
  return head;
}
