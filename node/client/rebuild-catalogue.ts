import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Catalogue } from './catalogue.ts';
import { openObject } from './get/open-object.ts';
import { ownEnvelope } from './get/unseal.ts';
import { ReaderPool } from '../transfer/read/reader-pool.ts';
import type { ShardAccess } from '../transfer/read/shard-access.ts';
import { holdersOf } from './holders.ts';
import type { KnownProvider } from './market-view.ts';
import { normalizeName } from './object-name.ts';
import { learnSegment } from './pack/learn-segment.ts';
import { shortKey, type StoredObject } from './stored-object.ts';

export interface RebuildComponents {
  access: ShardAccess;
  catalogue: Catalogue;
  /** The owner's raw X25519 private key. */
  privateKey: Uint8Array;
  providersOf: (ids: readonly number[]) => Promise<ReadonlyMap<number, KnownProvider>>;
  /** Unix seconds of a block. */
  timeOfBlock: (block: bigint) => Promise<number>;
  logger: Logger;
}

/** Headers read at once: each is one unit from one provider. */
const PARALLEL = 4;

/**
 * Learns the objects that the chain lists and this machine does not know, from the header that each of their shards carries.
 * @returns those that could not be read, with the reason
 */
export async function rebuildCatalogue(
  components: RebuildComponents,
  missing: readonly StoredObject[],
  options: { signal: AbortSignal },
): Promise<{ object: StoredObject; reason: string }[]> {
  const failed: { object: StoredObject; reason: string }[] = [];
  const queue = missing.values();
  const work = async (): Promise<void> => {
    for (const object of queue) {
      try {
        await learn(components, object, options.signal);
      } catch (error) {
        options.signal.throwIfAborted();
        components.logger.warn({ object: shortKey(object.objectKey), err: error }, 'header not read');
        failed.push({ object, reason: messageOf(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return failed;
}

async function learn(components: RebuildComponents, object: StoredObject, signal: AbortSignal): Promise<void> {
  const { access, catalogue, privateKey, providersOf, timeOfBlock } = components;
  const { objectKey, agreements } = object;
  const pool = new ReaderPool(access, await holdersOf(agreements, providersOf), { signal });
  const opened = await openObject(pool, { objectKey, unseal: ownEnvelope(privateKey), signal });
  if (opened === undefined) throw pool.tooFew(undefined);
  const { header, content } = opened;
  const storedAt = await timeOfBlock(agreements[0]?.formedAtBlock ?? 0n);
  const { plainBytes, k, n } = header;
  // The name was sealed by whoever held the wallet; it becomes a file name here, so it is checked like any input.
  const name = normalizeName(content.name);
  if (content.kind === 'pack') await learnSegment(components, object, { signal });
  catalogue.put({ objectKey, name, kind: content.kind, plainBytes, k, n, state: 'stored', storedAt });
}
