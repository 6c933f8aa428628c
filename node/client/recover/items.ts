import { toHex } from '../../core/bytes.ts';
import type { LiveFile } from '../../pipeline/pack/replay.ts';
import { targetKindOf } from '../get/target.ts';
import { shortKey } from '../stored-object.ts';
import type { Recovered } from './outcome.ts';
import type { Item } from './recovery-folder.ts';

/** What goes into the folder: objects, and in place of a segment of the pack the files in it that count. */
export function itemsOf(recovered: readonly Recovered[], files: Iterable<LiveFile>): Item[] {
  const segments = new Set(recovered.flatMap(({ entry }) => (entry.kind === 'pack' ? [toHex(entry.objectKey)] : [])));
  const objects = recovered.filter(({ entry }) => entry.kind !== 'pack').map(itemOfObject);
  const packed = [...files].filter(({ segment }) => segments.has(toHex(segment.key))).map(itemOfFile);
  return [...objects, ...packed];
}

function itemOfObject({ entry }: Recovered): Item {
  const { objectKey, name, kind, plainBytes, storedAt } = entry;
  return {
    objectKey,
    name,
    kind: targetKindOf(kind),
    plainBytes,
    storedAtMs: storedAt * 1_000,
    shortKey: shortKey(objectKey),
    packed: undefined,
  };
}

function itemOfFile({ segment, file }: LiveFile): Item {
  return {
    objectKey: segment.key,
    name: file.name,
    kind: 'file',
    plainBytes: file.sizeBytes,
    storedAtMs: file.at,
    // Other than the object's own, should both have the name.
    shortKey: `pack-${shortKey(segment.key)}`,
    packed: file,
  };
}
