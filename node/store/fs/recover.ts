import { basename, join } from 'node:path';

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
  await makeFolders(files, paths);
  const leftovers = await files.listFolder(paths.temporary);
  for (const name of leftovers) await files.remove(join(paths.temporary, name));
  if (leftovers.length > 0) logger.info({ count: leftovers.length }, 'removed half-written files of an earlier run');
  let usedUnits = 0;
  for (const folder of paths.fanout) usedUnits += await recoverFanout(files, paths, folder, logger);
  return { usedUnits };
}

async function makeFolders(files: FileLayer, paths: StorePaths): Promise<void> {
  await files.makeFolder(paths.temporary);
  await files.makeFolder(paths.uploads);
  await files.makeFolder(paths.shards);
  const there = new Set(await files.listFolder(paths.shards));
  const missing = paths.fanout.filter((folder) => !there.has(basename(folder)));
  for (const folder of missing) await files.makeFolder(folder);
  if (missing.length === 0) return;
  await files.syncFolder(paths.shards);
  await files.syncFolder(paths.folder);
}

/** The shards of one fan-out folder. Skips names that the store does not write. */
export async function* listFanout(files: FileLayer, paths: StorePaths, folder: string): AsyncGenerator<ShardInfo> {
  for (const name of (await files.listFolder(folder)).toSorted()) {
    const parsed = parseName(name);
    if (parsed?.kind !== 'shard') continue;
    const units = await unitsOf(files, paths, parsed.root);
    if (units > 0) yield { root: parsed.root, units };
  }
}

/** 0 for a shard that was deleted meanwhile. */
async function unitsOf(files: FileLayer, paths: StorePaths, root: Uint8Array): Promise<number> {
  return Math.floor(((await files.fileSize(paths.shardOf(root))) ?? 0) / UNIT_BYTES);
}

async function recoverFanout(files: FileLayer, paths: StorePaths, folder: string, logger: Logger): Promise<number> {
  const names = new Set(await files.listFolder(folder));
  let units = 0;
  for (const name of names) {
    const parsed = parseName(name);
    if (parsed === undefined) {
      logger.warn({ folder, name }, 'a file in the store that the store did not write; left alone');
    } else if (parsed.kind === 'shard') {
      units += await unitsOf(files, paths, parsed.root);
    } else if (!names.has(basename(paths.shardOf(parsed.root)))) {
      await files.remove(join(folder, name));
    }
  }
  return units;
}
