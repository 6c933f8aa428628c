import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { ExitCode, messageOf, StowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { FsShardStore } from '../store/fs/fs-shard-store.ts';
import { lockFolder } from '../store/folder-lock.ts';
import { ShardCache } from './cache/shard-cache.ts';
import { Ledger } from './ledger/ledger.ts';
import type { Shutdown } from './shutdown.ts';
import { StoreHealth } from './store-health.ts';

const LEDGER_FILE = 'ledger.sqlite';
/** Where the store puts its shards, below the data folder. */
const SHARDS_FOLDER = 'shards';
const CACHE_FOLDER = 'cache';

export interface DataFolder {
  ledger: Ledger;
  store: FsShardStore;
  /** What is kept of others' shards, to sell reads of it; undefined when nothing is to be. */
  cache: ShardCache | undefined;
  health: StoreHealth;
}

export interface DataFolderInit {
  folder: string;
  capacityUnits: number;
  /** 0 caches nothing. */
  cacheUnits: number;
  /** Chain and market, `chainId:agreements`: a folder belongs to one of them for ever. */
  market: string;
  logger: Logger;
}

/**
 * Takes the folder for this process, and opens or creates what is in it.
 * @throws StowError `folder-locked`, `folder-unusable`, `folder-other-market`, `ledger-unusable`, `cache-unusable`, `store-…`
 */
export async function openDataFolder(init: DataFolderInit, shutdown: Shutdown): Promise<DataFolder> {
  await makeFolder(init.folder);
  const lock = lockFolder(init.folder);
  shutdown.add('folder lock', () => lock.release());
  const ledger = new Ledger(join(init.folder, LEDGER_FILE));
  shutdown.add('ledger', () => ledger.close());
  requireMarket(ledger, init);
  const store = await FsShardStore.open({
    folder: init.folder,
    capacityUnits: init.capacityUnits,
    logger: init.logger,
  });
  const health = new StoreHealth(join(init.folder, SHARDS_FOLDER));
  await health.start(ledger.holdings.activeRoots().length > 0);
  return { ledger, store, cache: await openCache(init, shutdown), health };
}

async function openCache(
  { folder, cacheUnits, logger }: DataFolderInit,
  shutdown: Shutdown,
): Promise<ShardCache | undefined> {
  if (cacheUnits === 0) return undefined;
  const cache = await ShardCache.open({ folder: join(folder, CACHE_FOLDER), capacityUnits: cacheUnits, logger });
  shutdown.add('cache', () => cache.close());
  return cache;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StowError({
      code: 'folder-unusable',
      message: `the data folder ${folder} cannot be made: ${messageOf(error)}`,
      hint: 'check the path, its owner and its mode, or set data-dir to another one',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
}

function requireMarket(ledger: Ledger, { folder, market }: DataFolderInit): void {
  const known = ledger.facts.get('market');
  if (known === undefined) return ledger.facts.set('market', market);
  if (known === market) return;
  throw new StowError({
    code: 'folder-other-market',
    message: `the data folder ${folder} belongs to the market ${known} (chain:contract), and the chain shows ${market}`,
    hint: 'connect to the chain that it belongs to, or give this market a data folder of its own',
    exitCode: ExitCode.usage,
  });
}
