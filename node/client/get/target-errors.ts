import prettyBytes from 'pretty-bytes';

import { ExitCode, messageOf, StowError, systemCode } from '../../core/errors.ts';

export function outputExists(path: string): StowError {
  return new StowError({
    code: 'output-exists',
    message: `${path} exists already and was left as it is`,
    hint: 'choose another path with -o, or overwrite it with --force',
    exitCode: ExitCode.usage,
  });
}

export function outputBusy(path: string, cause: unknown): StowError {
  return new StowError({
    code: 'output-busy',
    message: `another process is writing ${path}`,
    hint: 'wait for it, or choose another path with -o',
    exitCode: ExitCode.tryAgain,
    cause,
  });
}

export function outputFull(path: string, neededBytes: number, freeBytes?: number): StowError {
  const free = freeBytes === undefined ? '' : `, and ${prettyBytes(freeBytes, { binary: true })} are free`;
  return new StowError({
    code: 'output-disk-full',
    message: `no space for ${path}: it needs ${prettyBytes(neededBytes, { binary: true })}${free}`,
    hint: 'free some space or choose a path on another disk with -o; the stored object is untouched',
  });
}

const FULL = new Set(['ENOSPC', 'EDQUOT']);
const CLOSED = new Set(['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED']);
const REFUSED = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'EISDIR', 'EIO', 'EFBIG', 'ENAMETOOLONG']);

/** A failed system call on the output, as a sentence. Other failures, such as a failed read of the object, pass as they are. */
export function outputError(path: string, neededBytes: number, error: unknown): unknown {
  const code = systemCode(error) ?? '';
  if (error instanceof StowError) return error;
  if (FULL.has(code)) return outputFull(path, neededBytes);
  if (CLOSED.has(code)) {
    return new StowError({
      code: 'output-closed',
      message: `${path} was closed before all bytes were written`,
      hint: 'the program that reads them ended early; the stored object is untouched',
      cause: error,
    });
  }
  if (!REFUSED.has(code)) return error;
  return new StowError({
    code: 'output-failed',
    message: `${path} cannot be written: ${messageOf(error)}`,
    hint: 'choose a path that you may write to with -o',
    cause: error,
  });
}
