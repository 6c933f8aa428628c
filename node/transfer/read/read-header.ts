import { equal, toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { decodeHeaderUnit, type ShardHeader } from '../../pipeline/header/header-unit.ts';
import { layoutOf } from '../../pipeline/layout.ts';
import type { VerifiedReader } from './verified-reader.ts';

/**
 * What a shard says of itself, held against the object and the shard that the chain names it for.
 * @throws StowError `bad-header`, `header-version`, and what reading the unit throws
 */
export async function readHeader(
  reader: VerifiedReader,
  { objectKey, signal }: { objectKey: Uint8Array; signal: AbortSignal },
): Promise<ShardHeader> {
  const header = decodeHeaderUnit(await reader.readUnits(0, 1, { signal }));
  const { unitsPerShard } = layoutOf(header.plainBytes, header.k);
  const fits =
    equal(header.objectKey, objectKey) && header.index === reader.index && unitsPerShard === reader.holder.units;
  if (fits) return header;
  throw new StowError({
    code: 'bad-header',
    message: `shard ${reader.index} at provider ${reader.holder.provider.id} describes another object or shard (${toHex(header.objectKey)}, ${header.index})`,
    hint: 'another shard of the object is read',
    exitCode: ExitCode.integrity,
  });
}
