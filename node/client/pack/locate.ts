import { toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { LiveFile } from '../../pipeline/pack/replay.ts';
import { matchObject, type FoundObject } from '../find-object.ts';
import { normalizeName } from '../object-name.ts';
import { shortKey, type StoredObject } from '../stored-object.ts';
import type { PackView } from './pack-view.ts';

/** What a name or key stands for: an object, or a file in a segment of the pack, which is the object then. */
export interface Located extends FoundObject {
  packed: LiveFile | undefined;
}

/** @returns undefined when nothing matches @throws StowError `object-ambiguous` */
export function locateIn(objects: readonly StoredObject[], pack: PackView, reference: string): Located | undefined {
  const packed = fileOf(pack, reference);
  const segment = packed === undefined ? undefined : pack.objects.get(toHex(packed.segment.key));
  if (packed === undefined || segment === undefined) {
    const found = matchObject(objects, reference);
    return found === undefined ? undefined : { ...found, packed: undefined };
  }
  const named = objects.filter(({ entry, state }) => entry?.name === packed.file.name && state !== 'over');
  const newer = named.some(({ entry, state }) => state === 'live' && (entry?.storedAt ?? 0) * 1_000 > packed.file.at);
  const found = newer ? matchObject(objects, packed.file.name) : undefined;
  if (found !== undefined) return { ...found, olderNamesakes: found.olderNamesakes + 1, packed: undefined };
  return { object: segment, olderNamesakes: named.length, packed };
}

function fileOf({ files }: PackView, reference: string): LiveFile | undefined {
  try {
    return files.get(normalizeName(reference));
  } catch {
    return undefined;
  }
}

export function inPack(name: string, segment: Uint8Array): StowError {
  return new StowError({
    code: 'object-in-pack',
    message: `${name} is a file in the pack, and has no agreements of its own: they are those of segment ${shortKey(segment)}, which others are in, too`,
    hint: `name the segment to see or change its agreements: \`stowmarket status ${shortKey(segment)}\``,
    exitCode: ExitCode.usage,
  });
}
