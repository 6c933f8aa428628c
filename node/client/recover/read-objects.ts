import { openForReading } from '../get/get.ts';
import { ownEnvelope } from '../get/unseal.ts';
import type { LiveFile } from '../../pipeline/pack/replay.ts';
import { openingSegment } from '../pack/learn-segment.ts';
import { unpackSegment } from './unpack-segment.ts';
import { nowhere } from '../get/stream-target.ts';
import { targetKindOf, type GetTarget, type ReadFrom } from '../get/target.ts';
import { holdersOf } from '../holders.ts';
import { noProgress, type ProgressListener } from '../progress.ts';
import { mapLimited } from '../session/map-limited.ts';
import { shortKey } from '../stored-object.ts';
import { failureOf, type NotRecovered, type Recovered } from './outcome.ts';
import type { Item, RecoveryFolder } from './recovery-folder.ts';
import { isVerified, type VerifyComponents } from './verify-objects.ts';

/** Objects read at once: a small one costs round trips rather than bytes. */
const PARALLEL_READS = 3;

export interface ReadInit {
  /** Where they are written; nowhere when undefined. */
  folder: RecoveryFolder | undefined;
  /** The files of the pack that count, by name. */
  files: ReadonlyMap<string, LiveFile>;
  /** Reads also what was read within the last day. */
  again: boolean;
  signal: AbortSignal;
  onProgress?: ProgressListener | undefined;
}

/** An object of which every byte was read and authenticated, and, with a folder, is there. */
export interface ReadObject extends Recovered {
  how: 'full';
  /** Path of the file or folder; of a segment, the folder that its files are in. */
  output: string | undefined;
  /** Of a segment: the files in it that count. */
  files?: number | undefined;
}

/** Reads every byte of objects that were verified by their headers. One that fails does not keep the others. */
export async function readObjects(
  components: VerifyComponents,
  recovered: readonly Recovered[],
  init: ReadInit,
): Promise<(ReadObject | NotRecovered)[]> {
  const { signal, onProgress = noProgress } = init;
  const jobs = recovered.map((one) => jobOf(one, init));
  const progress = new TotalProgress(
    jobs.map(({ plainBytes }) => plainBytes),
    onProgress,
  );
  return mapLimited([...jobs.entries()], PARALLEL_READS, async ([index, job]) => {
    signal.throwIfAborted();
    const { recovered: one } = job;
    try {
      return (await readBefore(components, job, init)) ?? (await read(components, job, init, progress.of(index)));
    } catch (caught) {
      signal.throwIfAborted();
      const { object, missing } = one;
      components.logger.warn({ object: shortKey(object.objectKey), err: caught }, 'object not read');
      const error = failureOf(object, caught);
      onProgress({ phase: 'download', note: `${one.entry.name}: ${error.message}` });
      return { object, error, missing };
    } finally {
      progress.of(index)({ phase: 'download', doneBytes: job.plainBytes });
    }
  });
}

/** One object, and its place where it is written as a whole. */
interface Job {
  recovered: Recovered;
  item: Item | undefined;
  /** Bytes that are to be had of it. */
  plainBytes: number;
}

function jobOf(recovered: Recovered, { folder }: ReadInit): Job {
  const { entry } = recovered;
  const items = folder?.itemsOf(entry.objectKey) ?? [];
  const isUnpacked = folder !== undefined && entry.kind === 'pack';
  const plainBytes = isUnpacked ? items.reduce((sum, item) => sum + item.plainBytes, 0) : entry.plainBytes;
  return { recovered, item: isUnpacked ? undefined : items[0], plainBytes };
}

/** What an earlier run read, or wrote where it is wanted. */
async function readBefore(
  components: VerifyComponents,
  { recovered, item }: Job,
  { folder, again }: ReadInit,
): Promise<ReadObject | undefined> {
  if (folder !== undefined) {
    const output = item === undefined ? undefined : await folder.existing(item);
    return output === undefined ? undefined : { ...recovered, how: 'full', output };
  }
  const verifiedEarlier = again ? undefined : isVerified(components, recovered.entry.objectKey, 'full');
  return verifiedEarlier === undefined ? undefined : { ...recovered, how: 'full', verifiedEarlier, output: undefined };
}

async function read(
  components: VerifyComponents,
  { recovered, item }: Job,
  { folder, files, signal }: ReadInit,
  onProgress: ProgressListener,
): Promise<ReadObject> {
  const { access, catalogue, clock, privateKey, providersOf } = components;
  const { object, entry } = recovered;
  const { objectKey, name } = entry;
  if (folder !== undefined && item === undefined) {
    const open = openingSegment(components, object, { signal });
    let doneBytes = 0;
    const onBytes = (bytes: number): void => onProgress({ phase: 'download', doneBytes: (doneBytes += bytes) });
    const unpacked = await unpackSegment({ objectKey, open, files, folder, signal, onBytes });
    return { ...recovered, how: 'full', output: folder.path, files: unpacked };
  }
  const holders = await holdersOf(object.agreements, providersOf);
  const readable = await openForReading(access, {
    objectKey,
    holders,
    unseal: ownEnvelope(privateKey),
    signal,
    onProgress: named(name, onProgress),
  });
  const { content, header } = readable;
  const facts = {
    kind: targetKindOf(content.kind),
    plainBytes: header.plainBytes,
    mode: content.mode,
    mtimeMs: content.mtime,
  };
  const target: GetTarget = folder === undefined || item === undefined ? nowhere() : await folder.begin(item);
  await target.prepare(facts);
  const from: ReadFrom = (fromByte) => readable.bytes({ from: fromByte, to: header.plainBytes }, fromByte);
  await target.receive(from, facts);
  catalogue.setVerified(objectKey, { how: 'full', verifiedAt: Math.floor(clock.nowMs() / 1_000) });
  const output = item === undefined ? undefined : folder?.finish(item);
  const missing = [...recovered.missing, ...readable.failures()].filter(isFirst);
  return { ...recovered, how: 'full', verifiedEarlier: undefined, output, missing };
}

function isFirst<T extends { shardIndex: number }>(one: T, place: number, all: readonly T[]): boolean {
  return all.findIndex(({ shardIndex }) => shardIndex === one.shardIndex) === place;
}

/** Notes say which object they are about. */
function named(name: string, listener: ProgressListener): ProgressListener {
  return (event) => {
    if (event.phase === 'download')
      listener(event.note === undefined ? event : { ...event, note: `${name}: ${event.note}` });
  };
}

/** Several downloads as one. */
class TotalProgress {
  readonly #done: number[];
  readonly #totalBytes: number;
  readonly #listener: ProgressListener;
  #told = -1;

  constructor(sizes: readonly number[], listener: ProgressListener) {
    this.#done = sizes.map(() => 0);
    this.#totalBytes = sizes.reduce((sum, size) => sum + size, 0);
    this.#listener = listener;
  }

  of(index: number): ProgressListener {
    return ({ doneBytes, note }) => {
      if (doneBytes !== undefined) this.#done[index] = doneBytes;
      const sum = this.#done.reduce((total, bytes) => total + bytes, 0);
      // What was told is not told again, least of all the end.
      if (sum === this.#told && note === undefined) return;
      this.#told = sum;
      this.#listener({
        phase: 'download',
        doneBytes: sum,
        totalBytes: this.#totalBytes,
        ...(note === undefined ? {} : { note }),
      });
    };
  }
}
