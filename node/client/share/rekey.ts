import type { Share } from '../../chain/actions/share.ts';
import { equal } from '../../core/bytes.ts';
import { isStowError, messageOf, StowError } from '../../core/errors.ts';
import type { Address } from '../../market/messages.ts';
import type { ShareDescription } from '../../pipeline/header/share-envelope.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';
import { ownEnvelope } from '../get/unseal.ts';
import { holdersOf } from '../holders.ts';
import type { KnownProvider } from '../market-view.ts';
import { noHolders } from '../no-holders.ts';
import { normalizeName } from '../object-name.ts';
import { noProgress, type ProgressListener } from '../progress.ts';
import { putObject } from '../put/put.ts';
import type { PutComponents, PutInit, PutResult } from '../put/put-types.ts';
import { removeObject, type RemoveComponents, type RemoveResult } from '../remove.ts';
import { shortKey, type StoredObject, titleOf } from '../stored-object.ts';
import { describeReadable } from './describe-own.ts';
import { objectSource } from './object-source.ts';
import type { UnsharePlan } from './plan-unshare.ts';
import { requireReaderKey, shareOf, type KeyOf } from './share-object.ts';

export interface RekeyComponents {
  readonly put: PutComponents;
  readonly access: ShardAccess;
  readonly providersOf: (ids: readonly number[]) => Promise<ReadonlyMap<number, KnownProvider>>;
  /** An object of one's own as the chain has it now. */
  readonly look: (objectKey: Uint8Array, options: { signal: AbortSignal }) => Promise<StoredObject>;
  readonly keyOf: KeyOf;
  readonly share: (share: Share, options: { signal: AbortSignal }) => Promise<void>;
  readonly remove: RemoveComponents;
}

export interface RekeyInit extends Pick<PutInit, 'weights' | 'maxPricePerUnitPeriod' | 'regions' | 'maxTotal'> {
  readonly periods: number;
  /** Shards to start beyond those of a code of n. */
  readonly spares: (code: { n: number }) => number;
  readonly signal: AbortSignal;
  readonly onProgress?: ProgressListener | undefined;
}

export interface LeftOutReader {
  readonly reader: Address;
  readonly reason: string;
}

/** What a reader brings about by what it publishes: it must not keep the old object stored, nor the other readers from the new one. */
const READERS_OWN_DOING = ['reader-has-no-key', 'reader-key-bad'];

export interface RekeyResult {
  /** Undefined when it was stored by an earlier run. */
  readonly stored: PutResult | undefined;
  /** Readers whose shares are of the new object now; zero for everybody. */
  readonly moved: readonly Address[];
  /** Readers that lose access, as nothing can be sealed for what they published. */
  readonly leftOut: readonly LeftOutReader[];
  /** What became of the old object's agreements. */
  readonly removed: RemoveResult;
}

/**
 * Stores an object anew under a fresh secret and its old name, lets the readers that remain read that, and ends the agreements over the old one: in this order,
 * and only once the new one was read from its providers, so that at every moment one of the two is stored, and can be read. Each step is found done by a
 * later run: cut off anywhere, it is gone on with.
 * @throws StowError `rekey-not-readable`, and as `putObject`, `openForReading` and `share` do
 */
export async function rekey(components: RekeyComponents, plan: UnsharePlan, init: RekeyInit): Promise<RekeyResult> {
  const { signal, onProgress = noProgress } = init;
  const stored = plan.successor === undefined ? await storeAnew(components, plan, init) : undefined;
  const description = await readBack(components, plan, signal);
  const shares = await moveShares(components, plan, description, signal);
  const removed = await removeObject(components.remove, plan.old, { signal, onProgress });
  return { stored, ...shares, removed };
}

async function storeAnew(
  { put, access, providersOf }: RekeyComponents,
  { old, newKey }: UnsharePlan,
  { spares, ...init }: RekeyInit,
): Promise<PutResult> {
  const { signal } = init;
  const title = titleOf(old);
  const holders = await holdersOf(old.agreements, providersOf);
  if (holders.length === 0) throw noHolders(title, old.state);
  const unseal = ownEnvelope(put.owner.privateKey);
  const { objectKey } = old;
  const { source, readable } = await objectSource(access, { objectKey, holders, unseal, signal, title });
  const { k, n } = readable.header;
  const resume = (await put.unfinished.list()).find((record) => equal(record.objectKey, newKey));
  const terms = { k, n, name: normalizeName(readable.content.name), spares: spares({ n }), objectKey: newKey };
  return putObject(put, source, { ...init, ...terms, resume });
}

/** Before anything is ended, providers of the new object have to give out enough of it to read it. */
async function readBack(
  { put, access, providersOf, look }: RekeyComponents,
  { newKey, old }: UnsharePlan,
  signal: AbortSignal,
): Promise<ShareDescription> {
  const object = await look(newKey, { signal });
  try {
    return await describeReadable({ access, providersOf, privateKey: put.owner.privateKey }, object, { signal });
  } catch (error) {
    if (!isStowError(error)) throw error;
    throw new StowError({
      code: 'rekey-not-readable',
      message: `${titleOf(old)} is stored anew as object ${shortKey(newKey)}, and that cannot be read; nothing was ended of the old one: ${error.message}`,
      hint: `run the same command again; \`stowmarket status ${shortKey(newKey)}\` shows its providers`,
      retryable: error.retryable,
      exitCode: error.exitCode,
      cause: error,
    });
  }
}

async function moveShares(
  { put, keyOf, share }: RekeyComponents,
  { newKey, moves }: UnsharePlan,
  description: ShareDescription,
  signal: AbortSignal,
): Promise<Pick<RekeyResult, 'moved' | 'leftOut'>> {
  const owner = put.owner.address;
  const moved: Address[] = [];
  const leftOut: LeftOutReader[] = [];
  for (const { reader, until } of moves) {
    try {
      const readerKey = await requireReaderKey(keyOf, reader, { signal });
      await share(await shareOf({ owner, reader, objectKey: newKey, until }, readerKey, description), { signal });
      moved.push(reader);
    } catch (error) {
      if (!READERS_OWN_DOING.some((code) => isStowError(error, code))) throw error;
      leftOut.push({ reader, reason: messageOf(error) });
    }
  }
  return { moved, leftOut };
}
