import { toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { LiveFile, Replayed, Segment } from '../../pipeline/pack/replay.ts';
import { contentBytes, MAX_RECORDS, MAX_SEGMENT_BYTES, type PackRecord } from '../../pipeline/pack/segment-index.ts';

/** What is to be written again as one segment. */
export interface Compaction {
  /** Segments whose place it takes. */
  chosen: readonly Segment[];
  /** Keys of these, and of those that they replaced and that are still kept: none of them may count again when these have ended. In the order in which they are ended. */
  replaces: readonly Uint8Array[];
  /** What still counts of them; empty when nothing does, and no segment is to be written. */
  records: readonly PackRecord[];
  /** The files among them, in the order of their records. */
  files: readonly LiveFile[];
  /** Bytes of the chosen segments that count no more. */
  deadBytes: number;
}

/**
 * What compacting a pack would write: all that counts of as many segments as fit into one.
 * @param isKept whether a segment has running agreements, even if notice was given of them
 * @returns undefined when one segment has all, and nothing of it is dead
 */
export function planCompaction(pack: Replayed, isKept: (key: Uint8Array) => boolean): Compaction | undefined {
  const filesOf = Map.groupBy(pack.files.values(), ({ segment }) => toHex(segment.key));
  const live = (segment: Segment): LiveFile[] => filesOf.get(toHex(segment.key)) ?? [];
  const chosen = choose(pack.active, live);
  const files = chosen.flatMap((segment) => live(segment).toSorted((a, b) => a.offset - b.offset));
  const deletions = deletionsToKeep(pack, chosen);
  const records = [...files.map(({ file }) => file), ...deletions];
  const before = chosen.flatMap(({ index }) => index.records);
  const deadBytes = contentBytes(before) - contentBytes(records);
  if (chosen.length === 0 || (chosen.length === 1 && before.length === records.length)) return undefined;
  // What was overwritten or deleted ends before what says so.
  const inOrder = chosen.toSorted((a, b) => latestOf(a) - latestOf(b)).map(({ key }) => key);
  const inherited = chosen.flatMap(({ index }) => index.replaces.filter(isKept));
  const replaces = [...new Map([...inherited, ...inOrder].map((key) => [toHex(key), key])).values()];
  return { chosen, replaces, records, files, deadBytes };
}

/** All, or the emptiest ones as far as they fit. */
function choose(active: readonly Segment[], live: (segment: Segment) => readonly LiveFile[]): Segment[] {
  const chosen: Segment[] = [];
  let bytes = 0;
  let records = 0;
  const sized = active.map((segment) => ({ segment, bytes: contentBytes(live(segment).map(({ file }) => file)) }));
  for (const { segment, bytes: more } of sized.toSorted((a, b) => a.bytes - b.bytes)) {
    bytes += more;
    records += segment.index.records.length;
    if (chosen.length > 0 && (bytes > MAX_SEGMENT_BYTES || records > MAX_RECORDS)) break;
    chosen.push(segment);
  }
  return chosen;
}

/** A deletion is of use as long as a segment that stays has the file. */
function deletionsToKeep({ active, deletions }: Replayed, chosen: readonly Segment[]): PackRecord[] {
  const staying = active.filter((segment) => !chosen.includes(segment));
  const elsewhere = new Set(
    staying.flatMap(({ index }) => index.records.flatMap(({ kind, name }) => (kind === 'file' ? [name] : []))),
  );
  return [...deletions.values()].filter(({ name }) => elsewhere.has(name));
}

function latestOf({ index }: Segment): number {
  return index.records.reduce((latest, { at }) => Math.max(latest, at), 0);
}

export interface CompactComponents {
  /** Writes the segment. @returns its key, once its agreements are formed */
  write: (compaction: Compaction) => Promise<Uint8Array>;
  /** Reads the new segment's index from its providers. @throws StowError when it is not what was written */
  requireReadable: (key: Uint8Array) => Promise<void>;
  /** Gives notice of a segment's agreements. */
  end: (key: Uint8Array) => Promise<void>;
}

/**
 * Compacts. Killed at any point it loses nothing: the old segments are ended once the new one is there and can be read, and from the moment that it is
 * there they say nothing. What a killed one left to be ended, the next one ends.
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
