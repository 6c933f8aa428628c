import { ExitCode, isStowError, messageOf, StowError } from '../../core/errors.ts';
import type { LiveFile } from '../../pipeline/pack/replay.ts';
import { readFiles, type OpenSegment } from '../pack/read-segment.ts';
import type { Item, RecoveryFolder } from './recovery-folder.ts';

/** Files written at once: each waits for the disk, which takes several together. Each is held in memory. */
const PARALLEL_WRITES = 8;
/** Names of files that could not be written: enough to see why. */
const MAX_NAMED = 5;

export interface UnpackInit {
  /** The segment's object. */
  objectKey: Uint8Array;
  open: OpenSegment;
  /** The files of the pack that count. */
  files: ReadonlyMap<string, LiveFile>;
  folder: RecoveryFolder;
  signal: AbortSignal;
  /** Hears of bytes that are there. */
  onBytes: (bytes: number) => void;
}

/**
 * Writes those files of a segment that count and are not there yet. One that cannot be written does not keep the others.
 * @returns how many files there are
 * @throws StowError `recover-files-left` when some could not be written, and what reading throws
 */
export async function unpackSegment({ objectKey, open, files, folder, signal, onBytes }: UnpackInit): Promise<number> {
  const items = folder.itemsOf(objectKey);
  const wanted = new Map<LiveFile, Item>();
  for (const item of items) {
    const live = files.get(item.name);
    if (live === undefined || (await folder.existing(item)) !== undefined) onBytes(item.plainBytes);
    else wanted.set(live, item);
  }
  const failed: string[] = [];
  const write = async (item: Item, live: LiveFile, bytes: Uint8Array): Promise<void> => {
    try {
      await folder.writeFile(item, live.file, bytes);
    } catch (error) {
      if (isStowError(error, 'output-disk-full')) throw error;
      failed.push(messageOf(error));
    }
    onBytes(bytes.byteLength);
  };
  const writing = new Set<Promise<void>>();
  for await (const { live, bytes } of readFiles(open, [...wanted.keys()])) {
    signal.throwIfAborted();
    const item = wanted.get(live);
    if (item === undefined) continue;
    const written = write(item, live, bytes).finally(() => writing.delete(written));
    // Whoever waits for it hears of a failure.
    written.catch(() => undefined);
    writing.add(written);
    if (writing.size >= PARALLEL_WRITES) await Promise.race(writing);
  }
  await Promise.all(writing);
  if (failed.length > 0) throw left(failed, items.length);
  return items.length;
}

function left(failed: readonly string[], files: number): StowError {
  const more = failed.length > MAX_NAMED ? `\n  and ${failed.length - MAX_NAMED} more` : '';
  return new StowError({
    code: 'recover-files-left',
    message: `${failed.length} of its ${files} files could not be written:${failed
      .slice(0, MAX_NAMED)
      .map((reason) => `\n  - ${reason}`)
      .join('')}${more}`,
    hint: 'recover into an empty folder, or move away what is in the way and run the same command again',
    exitCode: ExitCode.general,
  });
}
