import { join } from 'node:path';

import type { Logger } from '../../core/logger.ts';
import { UNIT_BYTES } from '../../core/units.ts';
import type { ShardInfo } from '../shard-store.ts';
import type { FileLayer } from './file-layer.ts';
import { parseName, type StorePaths } from './paths.ts';

/** Makes the folders, removes what an interrupted run left half-written, and counts what is stored. */
export async function recoverFolder(
  files: FileLayer,
  paths: StorePaths,
  logger: Logger,
): Promise<{ usedUnits: number }> {
  await files.makeFolder(paths.temporary);
  for (const folder of paths.fanout) await files.makeFolder(folder);
  await files.syncFolder(paths.shards);
  await files.syncFolder(paths.folder);
  const leftovers = await files.listFolder(paths.temporary);
  for (const name of leftovers) await files.remove(join(paths.temporary, name));
  if (leftovers.length > 0) logger.info({ count: leftovers.length }, 'removed half-written files of an earlier run');
  let usedUnits = 0;
  for (const folder of paths.fanout) usedUnits += await recoverFanout(files, paths, folder, logger);
  return { usedUnits };
}

/** The shards of one fan-out folder. Skips names that the store does not write. */
export async function* listFanout(files: FileLayer, paths: StorePaths, folder: string): AsyncGenerator<ShardInfo> {
  for (const name of (await files.listFolder(folder)).toSorted()) {
    const parsed = parseName(name);
    if (parsed?.kind !== 'shard') continue;
    const size = await files.fileSize(paths.shardOf(parsed.root));
    if (size !== undefined && size > 0) yield { root: parsed.root, units: Math.floor(size / UNIT_BYTES) };
  }
}

async function recoverFanout(files: FileLayer, paths: StorePaths, folder: string, logger: Logger): Promise<number> {
  const names = new Set(await files.listFolder(folder));
  for (const name of names) {
    const parsed = parseName(name);
    if (parsed === undefined) {
      logger.warn({ folder, name }, 'a file in the store that the store did not write; left alone');
    } else if (parsed.kind === 'tree' && !names.has(name.replace(/\.tree$/, '.shard'))) {
      await files.remove(join(folder, name));
    }
  }
  let units = 0;
  for await (const shard of listFanout(files, paths, folder)) units += shard.units;
  return units;
}
