import { ExitCode, StowError } from '../core/errors.ts';

/** @param named as the user named it: a number, or an address */
export function unknownProvider(named: string, registered: number): StowError {
  return new StowError({
    code: 'provider-unknown',
    message: `there is no provider ${JSON.stringify(named.slice(0, 80))} among the ${registered} registered`,
    hint: 'provider ids run from 1: `stowmarket market` lists those that sell, `stowmarket status OBJECT` those of an object',
    exitCode: ExitCode.notFound,
  });
}
