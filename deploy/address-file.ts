import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { DeploymentRecord } from './deploy-market.ts';

/** Where nodes look for addresses unless told otherwise. */
export const ADDRESSES_DIR = fileURLToPath(new URL('addresses', import.meta.url));

/** Writes a deployment's addresses to `<directory>/<chain id>.json`, whole or not at all. Returns the path. */
export async function writeAddressFile(directory: string, record: DeploymentRecord): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${record.chainId}.json`);
  const text = JSON.stringify(
    record,
    (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
    2,
  );
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, `${text}\n`);
  await rename(temporary, path);
  return path;
}
