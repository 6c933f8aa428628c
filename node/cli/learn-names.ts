import type { ObjectDirectory } from '../client/object-directory.ts';
import { shortKey } from '../client/stored-object.ts';
import { isStowError } from '../core/errors.ts';
import type { Run } from './program-context.ts';

/** Names that this machine has never seen are read from the shards; a wallet that stays locked only costs those names. */
export async function learnNames({ output, signal }: Run, directory: Pick<ObjectDirectory, 'learn'>): Promise<void> {
  try {
    const failed = await directory.learn({ signal });
    for (const { object, reason } of failed)
      output.warn(`the name of ${shortKey(object.objectKey)} could not be read: ${reason}`);
  } catch (error) {
    if (!isStowError(error, 'password-missing')) throw error;
    output.warn(`some names are not known on this machine, and reading them needs the wallet: ${error.hint ?? ''}`);
  }
}
