import { toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { LiveFile, Replayed, Segment } from '../../pipeline/pack/replay.ts';
import { contentBytes, MAX_RECORDS, MAX_SEGMENT_BYTES, type PackRecord } from '../../pipeline/pack/segment-index.ts';
import { outdatedBy } from './outdated.ts';

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
  /** Segments that it is to be kept as long as: the chosen ones, and those that hold older files of its names, which would be back after it. */
  outlives: readonly Segment[];
  /** Bytes of the chosen segments that count no more. */
  deadBytes: number;
}

/** What one segment holds at most. */
export interface SegmentLimits {
  bytes: number;
  records: number;
}

const FORMAT_LIMITS: SegmentLimits = { bytes: MAX_SEGMENT_BYTES, records: MAX_RECORDS };

/**
 * What compacting a pack would write: all that counts of as many segments as fit into one.
 * @param isKept whether a segment has running agreements, even if notice was given of them
 * @returns undefined when it would be what is there already, so that nothing is dead and no two segments fit into one
 */
export function planCompaction(
  pack: Replayed,
  isKept: (key: Uint8Array) => boolean,
  limits: SegmentLimits = FORMAT_LIMITS,
): Compaction | undefined {
  const chosen = choose(pack, limits);
  const filesOf = Map.groupBy(pack.files.values(), ({ segment }) => segment);
  const files = chosen.flatMap((segment) => (filesOf.get(segment) ?? []).toSorted((a, b) => a.offset - b.offset));
  const deletions = deletionsToKeep(pack, chosen);
  const records = [...files.map(({ file }) => file), ...deletions];
  const before = chosen.flatMap(({ index }) => index.records);
  const deadBytes = contentBytes(before) - contentBytes(records);
  if (chosen.length === 0 || (chosen.length === 1 && areSame(before, records))) return undefined;
  // What was overwritten or deleted ends before what says so.
  const inOrder = chosen.toSorted((a, b) => latestOf(a) - latestOf(b)).map(({ key }) => key);
  const inherited = chosen.flatMap(({ index }) => index.replaces.filter(isKept));
  const replaces = [...new Map([...inherited, ...inOrder].map((key) => [toHex(key), key])).values()];
  const outlives = [...new Set([...chosen, ...outdatedBy(pack, records)])];
  return { chosen, replaces, records, files, outlives, deadBytes };
}

/**
 * The emptiest ones as far as they fit; those with something dead before all others, as each of them has something to give back even alone. What does not fit
 * is a later compaction's.
 */
function choose(pack: Replayed, limits: SegmentLimits): Segment[] {
  const counts = counting(pack);
  const sized = pack.active.map((segment) => {
    const records = segment.index.records.filter((record) => counts(segment, record));
    const isWhole = records.length === segment.index.records.length;
    return { segment, isWhole, bytes: contentBytes(records), records: records.length };
  });
  const chosen: Segment[] = [];
  let bytes = 0;
  let records = 0;
  for (const one of sized.toSorted((a, b) => Number(a.isWhole) - Number(b.isWhole) || a.bytes - b.bytes)) {
    const fits = bytes + one.bytes <= limits.bytes && records + one.records <= limits.records;
    if (chosen.length > 0 && !fits) continue;
    bytes += one.bytes;
    records += one.records;
    chosen.push(one.segment);
  }
  return chosen;
}

/** Whether a segment written anew alone would still have a record. */
function counting({ active, files, deletions }: Replayed): (segment: Segment, record: PackRecord) => boolean {
  const stored = namesOfFiles(active);
  return (segment, { kind, name, at }) =>
    kind === 'file' ? files.get(name)?.segment === segment : deletions.get(name)?.at === at && stored.has(name);
}

/** A deletion is of use as long as a segment that stays has the file, unless one that stays says it too. */
function deletionsToKeep({ active, deletions }: Replayed, chosen: readonly Segment[]): PackRecord[] {
  const going = new Set(chosen);
  const staying = active.filter((segment) => !going.has(segment));
  const elsewhere = namesOfFiles(staying);
  const [saidByGoing, saidByStaying] = [deletionsIn(chosen), deletionsIn(staying)];
  // What both say stays in both: another machine may be compacting the other one now.
  return [...deletions.values()].filter(
    (one) => elsewhere.has(one.name) && (saidByGoing.has(identityOf(one)) || !saidByStaying.has(identityOf(one))),
  );
}

function namesOfFiles(segments: readonly Segment[]): Set<string> {
  return new Set(
    segments.flatMap(({ index }) => index.records.filter((one) => !isDeletion(one)).map(({ name }) => name)),
  );
}

function deletionsIn(segments: readonly Segment[]): Set<string> {
  return new Set(segments.flatMap(({ index }) => index.records.filter(isDeletion).map(identityOf)));
}

function isDeletion({ kind }: PackRecord): boolean {
  return kind === 'deletion';
}

/** Whether two segments' records say the same, in whatever order. */
function areSame(some: readonly PackRecord[], others: readonly PackRecord[]): boolean {
  const identities = new Set(some.map(identityOf));
  return some.length === others.length && others.every((record) => identities.has(identityOf(record)));
}

function identityOf({ kind, name, at }: PackRecord): string {
  return `${kind} ${at} ${name}`;
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
