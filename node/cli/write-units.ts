import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readShownUnit } from '../chain/actions/read-shown-unit.ts';
import type { ChainView } from '../chain/client.ts';
import type { DemandRow } from '../chain/market-index.ts';
import { ExitCode, messageOf, StowError } from '../core/errors.ts';
import { formatAgreementId } from '../market/agreement-id.ts';

/**
 * Writes the units that were shown on chain, as sealed as they were stored, each into a file of its own.
 * @param folder undefined to write none
 * @returns the file of each demand; none for a unit that was shown through another contract
 * @throws StowError `units-unwritable`
 */
export async function writeUnits(
  view: ChainView,
  demands: readonly DemandRow[],
  folder: string | undefined,
  { signal }: { signal: AbortSignal },
): Promise<ReadonlyMap<bigint, string>> {
  const files = new Map<bigint, string>();
  if (folder === undefined) return files;
  for (const { demand, agreement, unit, status, endedInTransaction: transaction } of demands) {
    if (status !== 'shown' || transaction === undefined) continue;
    const bytes = await readShownUnit(view, { demand, transaction }, { signal });
    if (bytes === undefined) continue;
    const file = join(folder, `${formatAgreementId(agreement)}-unit-${unit}`);
    await write(folder, file, bytes);
    files.set(demand, file);
  }
  return files;
}

async function write(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(file, bytes);
  } catch (error) {
    throw new StowError({
      code: 'units-unwritable',
      message: `cannot write ${file}: ${messageOf(error)}; what was shown stays on chain`,
      hint: 'run the command again with -o and a folder that can be written to',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
}
