import { toHex } from '../../core/bytes.ts';
import { placedFiles, type FileRecord, type PackRecord, type SegmentIndex } from './segment-index.ts';

/** A segment that is there. */
export interface Segment {
  /** Its object's key, 32 bytes. */
  key: Uint8Array;
  index: SegmentIndex;
  /** Bytes before the first file. */
  headBytes: number;
}

/** A file that counts, and where its bytes are. */
export interface LiveFile {
  segment: Segment;
  file: FileRecord;
  /** Of its first byte in the segment. */
  offset: number;
}

/** What a set of segments comes to. */
export interface Replayed {
  /** Those that say something: not replaced by another one that is there. */
  active: readonly Segment[];
  replaced: readonly Segment[];
  /** By name. */
  files: ReadonlyMap<string, LiveFile>;
  /** Deletions that no later file undid, by name. */
  deletions: ReadonlyMap<string, PackRecord>;
  /** The latest time of any record; 0 without one. */
  latest: number;
}

interface Standing {
  record: PackRecord;
  live: LiveFile | undefined;
}

/**
 * Replays segments: of all records of a name, the one that was written last counts. So the outcome does not depend on the order in which segments are found,
 * and stays when some of them are written again as one.
 * @param pending deletions that are in no segment yet
 */
export function replay(segments: readonly Segment[], pending: readonly PackRecord[] = []): Replayed {
  const gone = new Set(segments.flatMap(({ index }) => index.replaces.map(toHex)));
  const active = segments.filter(({ key }) => !gone.has(toHex(key)));
  const standing = new Map<string, Standing>();
  const take = (record: PackRecord, live: LiveFile | undefined): void => {
    const before = standing.get(record.name);
    if (before === undefined || supersedes(record, before.record)) standing.set(record.name, { record, live });
  };
  for (const segment of active) {
    for (const { file, offset } of placedFiles(segment.index, segment.headBytes)) take(file, { segment, file, offset });
    for (const record of segment.index.records) if (record.kind === 'deletion') take(record, undefined);
  }
  for (const record of pending) take(record, undefined);
  const files = new Map<string, LiveFile>();
  const deletions = new Map<string, PackRecord>();
  for (const [name, { record, live }] of standing) {
    if (live === undefined) deletions.set(name, record);
    else files.set(name, live);
  }
  return {
    active,
    replaced: segments.filter(({ key }) => gone.has(toHex(key))),
    files,
    deletions,
    latest: latestOf(active, pending),
  };
}

/**
 * Whether a record counts rather than another one of the same name. Written in the same millisecond by two machines, a file wins over a deletion, and of two
 * files the larger, then the younger, then the one with more permissions: any rule will do that all readers share.
 */
export function supersedes(one: PackRecord, other: PackRecord): boolean {
  const difference = order(one).map((value, place) => value - (order(other)[place] ?? 0));
  return (difference.find((value) => value !== 0) ?? 0) > 0;
}

function order(record: PackRecord): number[] {
  if (record.kind === 'deletion') return [record.at, 0, 0, 0, 0];
  return [record.at, 1, record.sizeBytes, record.mtimeMs, record.mode];
}

function latestOf(segments: readonly Segment[], pending: readonly PackRecord[]): number {
  let latest = 0;
  for (const { index } of segments) for (const { at } of index.records) latest = Math.max(latest, at);
  for (const { at } of pending) latest = Math.max(latest, at);
  return latest;
}
