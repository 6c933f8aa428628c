import { randomUUID } from 'node:crypto';
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { messageOf, StowError, systemCode } from '../core/errors.ts';

/** Lies among the shards, so that it is gone when their disk is not mounted. */
const MARKER = 'stowmarket-shards';
const PROBE_BYTES = 4_096;

/** Tells a lost shard from a lost disk: collateral is given up for the first, never for the second. */
export class StoreHealth {
  readonly #folder: string;

  /** @param folder where the shards lie */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Marks the folder, once, when it is first used. `hasShards`: whether any shard is expected in it. */
  async start(hasShards: boolean): Promise<void> {
    if (await this.#isMarked()) return;
    if (hasShards) throw unhealthy(this.#folder, 'its marker file is missing, although agreements name shards in it');
    await writeFile(
      join(this.#folder, MARKER),
      'Shards of a Stowmarket provider lie here. Keep this file with them.\n',
      { mode: 0o600 },
    );
  }

  /** @throws StowError `store-unhealthy` */
  async requireHealthy(): Promise<void> {
    if (!(await this.#isMarked())) throw unhealthy(this.#folder, 'its marker file is missing: is the disk mounted?');
    const probe = join(this.#folder, `probe-${randomUUID()}`);
    const bytes = Buffer.alloc(PROBE_BYTES, probe);
    try {
      const file = await open(probe, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.datasync();
      } finally {
        await file.close();
      }
      if (!bytes.equals(await readFile(probe))) throw new Error('what was written is not what is read');
    } catch (error) {
      throw unhealthy(this.#folder, messageOf(error), error);
    } finally {
      await rm(probe, { force: true });
    }
  }

  async #isMarked(): Promise<boolean> {
    try {
      return (await stat(join(this.#folder, MARKER))).isFile();
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false;
      throw unhealthy(this.#folder, messageOf(error), error);
    }
  }
}

function unhealthy(folder: string, reason: string, cause?: unknown): StowError {
  return new StowError({
    code: 'store-unhealthy',
    message: `the folder of the shards, ${folder}, is not in order: ${reason}`,
    hint: `mount or repair its disk: nothing is conceded before that. If the shards are lost for good, create the file ${MARKER} there`,
    cause,
  });
}
