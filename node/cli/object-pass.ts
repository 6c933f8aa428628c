import { type StoredObject, titleOf } from '../client/stored-object.ts';
import { isStowError } from '../core/errors.ts';
import type { Run } from './program-context.ts';
import type { KnownObject } from './retender.ts';

/**
 * One look at each object. One object's trouble does not keep the others, and an object of unknown code is left as it is.
 * @param work returns how many shards could not be helped
 * @returns the sum of these, each object in trouble counting one
 */
export async function lookAtEach(
  { output, signal }: Run,
  objects: readonly StoredObject[],
  { dryRun }: { dryRun: boolean },
  work: (object: KnownObject) => Promise<number>,
): Promise<number> {
  let left = 0;
  for (const object of objects) {
    if (!isKnown(object)) {
      output.warn(
        `${titleOf(object)}: this machine does not know its code, and ${dryRun ? 'a dry run asks no provider for it' : 'its shards could not be read'}; it stays as it is`,
      );
      left++;
      continue;
    }
    try {
      left += await work(object);
    } catch (error) {
      if (signal.aborted || !isStowError(error)) throw error;
      output.progress.clear();
      output.warn(`${titleOf(object)}: ${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}`);
      left++;
    }
  }
  return left;
}

function isKnown(object: StoredObject): object is KnownObject {
  return object.entry !== undefined;
}
