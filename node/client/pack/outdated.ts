import { replay, supersedes, type Segment } from '../../pipeline/pack/replay.ts';
import type { DeletionRecord, FileRecord, PackRecord } from '../../pipeline/pack/segment-index.ts';
import type { PackView } from './pack-view.ts';

/** Segments that hold a file under the name of one of these records. */
export function outdatedBy({ active }: Pick<PackView, 'active'>, records: readonly PackRecord[]): Segment[] {
  const names = new Set(records.map(({ name }) => name));
  return active.filter(({ index }) => index.records.some(({ kind, name }) => kind === 'file' && names.has(name)));
}

/** Deletions that a new segment takes along: those of files that still count by what is in segments, but for what is put there again. */
export function pendingToWrite(
  { active, pending }: Pick<PackView, 'active' | 'pending'>,
  put: readonly FileRecord[] = [],
): DeletionRecord[] {
  if (pending.length === 0) return [];
  const stored = replay(active).files;
  const again = new Set(put.map(({ name }) => name));
  return pending.filter((deletion) => {
    const live = stored.get(deletion.name);
    return live !== undefined && supersedes(deletion, live.file) && !again.has(deletion.name);
  });
}

/** Deletions that need not wait any more once a segment is written: those in it, those of what it puts again, and, where all segments are known, those of no use. */
export function settledBy(
  { pending, unread }: Pick<PackView, 'pending' | 'unread'>,
  records: readonly PackRecord[],
): readonly DeletionRecord[] {
  if (unread.length === 0) return pending;
  const names = new Set(records.map(({ name }) => name));
  return pending.filter(({ name }) => names.has(name));
}
