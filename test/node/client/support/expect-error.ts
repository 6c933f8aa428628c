import { expect } from 'chai';

import { StowError } from '../../../../node/core/errors.ts';

/** Awaits a rejection with a StowError of that code and returns it. */
export async function expectError(work: Promise<unknown>, code: string): Promise<StowError> {
  let caught: unknown;
  try {
    await work;
  } catch (error) {
    caught = error;
  }
  if (caught === undefined) expect.fail(`expected ${code}, but nothing failed`);
  if (!(caught instanceof StowError)) throw new Error(`expected ${code}, not something else`, { cause: caught });
  expect(caught.code, caught.message).to.equal(code);
  return caught;
}
