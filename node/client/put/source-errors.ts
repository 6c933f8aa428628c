import { ExitCode, messageOf, StowError, systemCode } from '../../core/errors.ts';

/** The file or folder changed while it was stored: the shards would be a mixture that never existed. */
export function sourceChanged(path: string, detail: string): StowError {
  return new StowError({
    code: 'source-changed',
    message: `${path} changed while it was being read: ${detail}`,
    hint: 'nothing was paid; store it again once nothing writes to it',
    retryable: true,
  });
}

/** Turns a failed system call on the source into a sentence. StowErrors pass as they are. */
export function sourceUnreadable(path: string, error: unknown): StowError {
  if (error instanceof StowError) return error;
  const missing = systemCode(error) === 'ENOENT';
  return new StowError({
    code: missing ? 'source-missing' : 'source-unreadable',
    message: missing ? `there is no file or folder ${path}` : `${path} cannot be read: ${messageOf(error)}`,
    hint: missing ? 'check the path' : 'check its permissions and the disk, then try again',
    exitCode: missing ? ExitCode.notFound : ExitCode.general,
    cause: error,
  });
}

export function sourceUnsupported(path: string, kind: string): StowError {
  return new StowError({
    code: 'source-unsupported',
    message: `${path} is ${kind}, which cannot be stored`,
    hint: 'store a file or a folder, or pipe the bytes in: `… | stowmarket put - --name NAME`',
    exitCode: ExitCode.usage,
  });
}
