import { toHex } from '../../core/bytes.ts';
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
