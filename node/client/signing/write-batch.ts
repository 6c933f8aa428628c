import { rename, writeFile } from 'node:fs/promises';

import type { Deployment } from '../../chain/deployment.ts';
import { ExitCode, messageOf, StowError } from '../../core/errors.ts';
import { type AgreementBatch, encodeBatch } from './batch-document.ts';

/** Writes a batch to a file, whole or not at all. @throws StowError `batch-unwritable` */
export async function writeBatch(file: string, deployment: Deployment, batch: AgreementBatch): Promise<void> {
  const temporary = `${file}.${process.pid}.new`;
  try {
    await writeFile(temporary, encodeBatch(deployment, batch));
    await rename(temporary, file);
  } catch (error) {
    throw new StowError({
      code: 'batch-unwritable',
      message: `cannot write ${file}: ${messageOf(error)}; nothing was paid`,
      hint: 'name a file in a folder that can be written to',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
}
