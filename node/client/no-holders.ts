import { ExitCode, StowError } from '../core/errors.ts';
import type { StoredState } from './stored-object.ts';

/** Nobody has to keep an object: it cannot be read, nor shared. */
export function noHolders(title: string, state: StoredState): StowError {
  const isForming = state === 'forming';
  return new StowError({
    code: 'object-has-no-holders',
    message: isForming
      ? `${title} is not on the chain yet: its transaction may still be mined`
      : `no agreement over ${title} runs any more, so nobody has to keep it`,
    hint: isForming
      ? 'try again in a minute'
      : 'it was removed, its term ended, or its providers failed: see `stowmarket status`',
    exitCode: isForming ? ExitCode.tryAgain : ExitCode.notFound,
  });
}
