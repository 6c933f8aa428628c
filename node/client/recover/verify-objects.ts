import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { CatalogueEntry, VerifiedHow } from '../catalogue.ts';
import { holdersOf } from '../holders.ts';
import { normalizeName } from '../object-name.ts';
import { learnSegment } from '../pack/learn-segment.ts';
import { noProgress, type ProgressListener } from '../progress.ts';
import type { RebuildComponents } from '../rebuild-catalogue.ts';
import { mapLimited } from '../session/map-limited.ts';
import { shortKey, titleOf, type StoredObject } from '../stored-object.ts';
import { failureOf, type NotRecovered, type Recovered, withoutAgreement } from './outcome.ts';
import { probeObject } from './probe-object.ts';

/** Objects verified at once: each asks all of its holders. */
const PARALLEL_OBJECTS = 4;
/** How long a verification spares another one: a recovery that was cut off is gone on with the same day. */
const VERIFIED_FOR_S = 24 * 60 * 60;

export interface VerifyComponents extends RebuildComponents {
  clock: Pick<Clock, 'sleep' | 'nowMs'>;
}

export interface VerifyInit {
  /** Verifies also what was verified within the last day. */
  again: boolean;
  signal: AbortSignal;
  onProgress?: ProgressListener | undefined;
}

/**
 * Verifies objects by what their holders say of them, and puts them into the catalogue, each as soon as it is verified: what a killed run
 * has done is not done again. One that cannot be read does not keep the others.
 */
export async function verifyObjects(
  components: VerifyComponents,
  objects: readonly StoredObject[],
  init: VerifyInit,
): Promise<(Recovered | NotRecovered)[]> {
  const { signal, onProgress = noProgress } = init;
  let done = 0;
  const tell = (): void =>
    onProgress({ phase: 'verify', doneBytes: done, totalBytes: objects.length, unit: 'objects' });
  tell();
  return mapLimited(objects, PARALLEL_OBJECTS, async (object) => {
    signal.throwIfAborted();
    try {
      return earlier(components, object, init) ?? (await verify(components, object, { signal, onProgress }));
    } catch (caught) {
      signal.throwIfAborted();
      components.logger.warn({ object: shortKey(object.objectKey), err: caught }, 'object not verified');
      const error = failureOf(object, caught);
      onProgress({ phase: 'verify', note: `${titleOf(object)}: ${error.message}` });
      return { object, error, missing: withoutAgreement(object) };
    } finally {
      done++;
      tell();
    }
  });
}

/** Whether a verification is there that counts for this one. */
export function isVerified(
  { catalogue, clock }: Pick<VerifyComponents, 'catalogue' | 'clock'>,
  objectKey: Uint8Array,
  wanted: VerifiedHow,
): number | undefined {
  const known = catalogue.verification(objectKey);
  if (known === undefined || (wanted === 'full' && known.how === 'headers')) return undefined;
  return clock.nowMs() / 1_000 - known.verifiedAt < VERIFIED_FOR_S ? known.verifiedAt : undefined;
}

function earlier(components: VerifyComponents, object: StoredObject, { again }: VerifyInit): Recovered | undefined {
  const entry = components.catalogue.get(object.objectKey);
  const verifiedEarlier = isVerified(components, object.objectKey, 'headers');
  if (again || entry === undefined || verifiedEarlier === undefined) return undefined;
  if (entry.kind === 'pack' && components.catalogue.segmentHead(object.objectKey) === undefined) return undefined;
  return { object, entry, how: 'headers', verifiedEarlier, missing: withoutAgreement(object) };
}

async function verify(
  components: VerifyComponents,
  object: StoredObject,
  { signal, onProgress }: { signal: AbortSignal; onProgress: ProgressListener },
): Promise<Recovered> {
  const { catalogue, providersOf, clock, timeOfBlock } = components;
  const { objectKey, agreements } = object;
  const holders = await holdersOf(agreements, providersOf);
  const onNote = (note: string): void => onProgress({ phase: 'verify', note: `${titleOf(object)}: ${note}` });
  const { header, content, failures } = await probeObject(components, { objectKey, holders, signal, onNote });
  const { plainBytes, k, n } = header;
  const { name, renamed } = usableName(content.name, objectKey);
  const known = catalogue.get(objectKey);
  const storedAt = known?.storedAt ?? (await timeOfBlock(agreements[0]?.formedAtBlock ?? 0n));
  const entry: CatalogueEntry = {
    ...known,
    objectKey,
    name,
    kind: content.kind,
    plainBytes,
    k,
    n,
    storedAt,
    state: known?.state ?? 'stored',
  };
  if (content.kind === 'pack') await learnSegment(components, object, { signal });
  catalogue.put(entry);
  catalogue.setVerified(objectKey, { how: 'headers', verifiedAt: Math.floor(clock.nowMs() / 1_000) });
  const missing = [
    ...withoutAgreement(object),
    ...failures.map(({ shardIndex, provider, reason }) => ({ shardIndex, provider, reason })),
  ];
  return { object, entry, how: 'headers', renamed, missing };
}

/** The stored name, or one made of the key where that cannot be the name of a file. */
function usableName(stored: string, objectKey: Uint8Array): { name: string; renamed: string | undefined } {
  try {
    return { name: normalizeName(stored), renamed: undefined };
  } catch (error) {
    return { name: `unnamed-${shortKey(objectKey)}`, renamed: messageOf(error) };
  }
}
