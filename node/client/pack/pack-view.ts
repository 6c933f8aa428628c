import { toHex } from '../../core/bytes.ts';
import { isStowError } from '../../core/errors.ts';
import { replay, type Replayed, type Segment } from '../../pipeline/pack/replay.ts';
import { decodeSegmentIndex, type DeletionRecord } from '../../pipeline/pack/segment-index.ts';
import type { Catalogue } from '../catalogue.ts';
import type { StoredObject } from '../stored-object.ts';

/** The wallet's pack, as catalogue and chain know it together. */
export interface PackView extends Replayed {
  /** The segments' objects, by key in hex. */
  objects: ReadonlyMap<string, StoredObject>;
  /** Objects that are kept and whose index, or even name, this machine has not read: they may be segments, too. */
  unread: readonly StoredObject[];
  /** Deletions that are in no segment yet. */
  pending: readonly DeletionRecord[];
}

/** @param objects all of the wallet's; of segments, those count that are kept */
export function viewPack(
  objects: readonly StoredObject[],
  catalogue: Pick<Catalogue, 'segmentHead' | 'packDeletions'>,
): PackView {
  const segments: Segment[] = [];
  const unread: StoredObject[] = [];
  const byKey = new Map<string, StoredObject>();
  for (const object of objects) {
    if (object.state !== 'live') continue;
    if (object.entry !== undefined && object.entry.kind !== 'pack') continue;
    const segment = segmentOf(object, catalogue);
    if (segment === undefined) unread.push(object);
    else {
      segments.push(segment);
      byKey.set(toHex(object.objectKey), object);
    }
  }
  const pending = catalogue.packDeletions();
  return { ...replay(segments, pending), objects: byKey, unread, pending };
}

/** When something that is written now was written: later than all that is known. Unix milliseconds. */
export function stampOf({ latest }: Pick<PackView, 'latest'>, nowMs: number): number {
  return Math.max(Math.floor(nowMs), latest + 1);
}

function segmentOf({ objectKey, entry }: StoredObject, catalogue: Pick<Catalogue, 'segmentHead'>): Segment | undefined {
  const head = catalogue.segmentHead(objectKey);
  if (entry === undefined || head === undefined) return undefined;
  try {
    return { key: objectKey, index: decodeSegmentIndex(head, entry.plainBytes), headBytes: head.byteLength };
  } catch (error) {
    // A damaged catalogue: the segment itself is asked again.
    if (isStowError(error)) return undefined;
    throw error;
  }
}
