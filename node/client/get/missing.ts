import { systemCode } from '../../core/errors.ts';

/** What lies at a path, or undefined when nothing does. */
export function missing(error: unknown): undefined {
  if (systemCode(error) === 'ENOENT') return undefined;
  throw error;
}
