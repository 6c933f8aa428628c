import { toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Replayed, Segment } from '../../pipeline/pack/replay.ts';
import type { Compaction } from './compaction.ts';

export interface CompactComponents {
  /** Writes the segment. @returns its key, once its agreements are formed */
  write: (compaction: Compaction) => Promise<Uint8Array>;
  /** Reads the new segment's index from its providers. @throws StowError when it is not what was written */
  requireReadable: (key: Uint8Array) => Promise<void>;
  /** Gives notice of a segment's agreements. */
  end: (key: Uint8Array) => Promise<void>;
}

/**
 * Segments that an earlier compaction replaced and did not come to end.
 * @param isRunning whether notice can still be given of a segment
 * @returns by the segment that replaces them
 */
export function leftOver(
  { active }: Pick<Replayed, 'active'>,
  isRunning: (key: Uint8Array) => boolean,
): { by: Segment; keys: readonly Uint8Array[] }[] {
  return active.map((by) => ({ by, keys: by.index.replaces.filter(isRunning) })).filter(({ keys }) => keys.length > 0);
}

/**
 * Ends what an earlier compaction left to be ended. It may have been killed, or have failed, before what it wrote was seen to be readable: so that is seen to
 * first, of all of them.
 */
export async function endLeftOver(
  { requireReadable, end }: Pick<CompactComponents, 'requireReadable' | 'end'>,
  left: ReturnType<typeof leftOver>,
): Promise<void> {
  for (const { by } of left) await requireReadable(by.key);
  const keys = new Map(left.flatMap((one) => one.keys).map((key) => [toHex(key), key]));
  for (const key of keys.values()) await end(key);
}

/**
 * Compacts. Killed at any point it loses nothing: the old segments are ended once the new one is there and can be read, and from the moment that it is
 * there they say nothing. What a killed one left to be ended, the next one ends (`endLeftOver`).
 * @returns the new segment's key; undefined when nothing was left to be written
 */
export async function compactPack(
  components: CompactComponents,
  compaction: Compaction,
): Promise<Uint8Array | undefined> {
  let key: Uint8Array | undefined;
  if (compaction.records.length > 0) {
    key = await components.write(compaction);
    await components.requireReadable(key);
  }
  for (const old of compaction.replaces) await components.end(old);
  return key;
}

/** @throws StowError `pack-incomplete` when what is not known might be undone by what is written */
export function requireComplete(unread: readonly unknown[]): void {
  if (unread.length === 0) return;
  throw new StowError({
    code: 'pack-incomplete',
    message: `${unread.length} objects of this wallet cannot be read now, and may be part of the pack; nothing was written`,
    hint: 'try again when their providers are back: `stowmarket ls` tries, and says which',
    exitCode: ExitCode.tryAgain,
  });
}
