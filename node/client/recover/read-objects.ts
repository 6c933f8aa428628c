import { openForReading } from '../get/get.ts';
import { ownEnvelope } from '../get/unseal.ts';
import { nowhere } from '../get/stream-target.ts';
import type { GetTarget, ReadFrom } from '../get/target.ts';
import { holdersOf } from '../holders.ts';
import { noProgress, type ProgressListener } from '../progress.ts';
import { mapLimited } from '../session/map-limited.ts';
import { shortKey } from '../stored-object.ts';
import { failureOf, type NotRecovered, type Recovered } from './outcome.ts';
import type { RecoveryFolder } from './recovery-folder.ts';
import { isVerified, type VerifyComponents } from './verify-objects.ts';

/** Objects read at once: a small one costs round trips rather than bytes. */
const PARALLEL_READS = 3;

export interface ReadInit {
  /** Where they are written; nowhere when undefined. */
  folder: RecoveryFolder | undefined;
  /** Reads also what was read within the last day. */
  again: boolean;
  signal: AbortSignal;
  onProgress?: ProgressListener | undefined;
}

/** An object of which every byte was read and authenticated, and, with a folder, is there. */
export interface ReadObject extends Recovered {
  how: 'full';
  /** Path of the file or folder. */
  output: string | undefined;
}

/** Reads every byte of objects that were verified by their headers. One that fails does not keep the others. */
export async function readObjects(
  components: VerifyComponents,
  recovered: readonly Recovered[],
  init: ReadInit,
): Promise<(ReadObject | NotRecovered)[]> {
  const { signal, onProgress = noProgress } = init;
  const progress = new TotalProgress(
    recovered.map(({ entry }) => entry.plainBytes),
    onProgress,
  );
  return mapLimited([...recovered.entries()], PARALLEL_READS, async ([index, one]) => {
    signal.throwIfAborted();
    try {
      return (await readBefore(components, one, init)) ?? (await read(components, one, init, progress.of(index)));
    } catch (caught) {
      signal.throwIfAborted();
      const { object, missing } = one;
      components.logger.warn({ object: shortKey(object.objectKey), err: caught }, 'object not read');
      const error = failureOf(object, caught);
      onProgress({ phase: 'download', note: `${one.entry.name}: ${error.message}` });
      return { object, error, missing };
    } finally {
      progress.of(index)({ phase: 'download', doneBytes: one.entry.plainBytes });
    }
  });
}

/** What an earlier run read, or wrote where it is wanted. */
async function readBefore(
  components: VerifyComponents,
  recovered: Recovered,
  { folder, again }: ReadInit,
): Promise<ReadObject | undefined> {
  if (folder !== undefined) {
    const output = await folder.existing(recovered);
    return output === undefined ? undefined : { ...recovered, how: 'full', output };
  }
  const verifiedEarlier = again ? undefined : isVerified(components, recovered.entry.objectKey, 'full');
  return verifiedEarlier === undefined ? undefined : { ...recovered, how: 'full', verifiedEarlier, output: undefined };
}

async function read(
  components: VerifyComponents,
  recovered: Recovered,
  { folder, signal }: ReadInit,
  onProgress: ProgressListener,
): Promise<ReadObject> {
  const { access, catalogue, clock, privateKey, providersOf } = components;
  const { object, entry } = recovered;
  const { objectKey, name } = entry;
  const holders = await holdersOf(object.agreements, providersOf);
  const readable = await openForReading(access, {
    objectKey,
    holders,
    unseal: ownEnvelope(privateKey),
    signal,
    onProgress: named(name, onProgress),
  });
  const { content, header } = readable;
  const facts = { kind: content.kind, plainBytes: header.plainBytes, mode: content.mode, mtimeMs: content.mtime };
  const target: GetTarget = folder === undefined ? nowhere() : await folder.begin(recovered);
  await target.prepare(facts);
  const from: ReadFrom = (fromByte) => readable.bytes({ from: fromByte, to: header.plainBytes }, fromByte);
  await target.receive(from, facts);
  catalogue.setVerified(objectKey, { how: 'full', verifiedAt: Math.floor(clock.nowMs() / 1_000) });
  const output = folder?.finish(recovered);
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

  constructor(sizes: readonly number[], listener: ProgressListener) {
    this.#done = sizes.map(() => 0);
    this.#totalBytes = sizes.reduce((sum, size) => sum + size, 0);
    this.#listener = listener;
  }

  of(index: number): ProgressListener {
    return ({ doneBytes, note }) => {
      if (doneBytes !== undefined) this.#done[index] = doneBytes;
      const sum = this.#done.reduce((total, bytes) => total + bytes, 0);
      this.#listener({
        phase: 'download',
        doneBytes: sum,
        totalBytes: this.#totalBytes,
        ...(note === undefined ? {} : { note }),
      });
    };
  }
}
