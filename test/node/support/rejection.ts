import { StowError } from '../../../node/core/errors.ts';

/** The StowError that `work` ends in. Fails when it succeeds or ends in anything else. */
export async function rejection(work: Promise<unknown>): Promise<StowError> {
  let value: unknown;
  try {
    value = await work;
  } catch (error) {
    if (error instanceof StowError) return error;
    throw error;
  }
  throw new Error(`expected a failure, got ${String(value)}`);
}

/** The code of the StowError that `work` ends in. Fails when it succeeds or ends in anything else. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await rejection(work)).code;
}
