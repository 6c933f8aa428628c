import type { Segment } from '../../pipeline/pack/replay.ts';
import type { DeletionRecord, FileRecord, PackRecord } from '../../pipeline/pack/segment-index.ts';
import type { PackView } from './pack-view.ts';

/** Segments that hold a file under the name of one of these records. */
export function outdatedBy({ active }: Pick<PackView, 'active'>, records: readonly PackRecord[]): Segment[] {
  const names = new Set(records.map(({ name }) => name));
  return active.filter(({ index }) => index.records.some(({ kind, name }) => kind === 'file' && names.has(name)));
}

/** Deletions that a new segment takes along: those of files that some segment has, but for what is put there again. */
export function pendingToWrite(
  pack: Pick<PackView, 'active' | 'pending'>,
  put: readonly FileRecord[] = [],
): DeletionRecord[] {
  const names = new Set(put.map(({ name }) => name));
  return pack.pending.filter((deletion) => !names.has(deletion.name) && outdatedBy(pack, [deletion]).length > 0);
}
