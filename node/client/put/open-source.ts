import { stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import type { Readable } from 'node:stream';

import { ExitCode, StowError } from '../../core/errors.ts';
import { fileSource } from './file-source.ts';
import { folderSource } from './folder-source.ts';
import { PIPE_DEFAULT_MAX_BYTES, pipeSource } from './pipe-source.ts';
import type { PutSource } from './source.ts';
import { sourceUnreadable, sourceUnsupported } from './source-errors.ts';

export interface OpenSourceInit {
  /** Where `-` reads from. */
  stdin: Readable & { isTTY?: boolean };
  /** Bound for a pipe. */
  maxBytes?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * The source behind a command-line argument: a file, a folder, or `-` for standard input.
 * @throws StowError `source-missing`, `source-unreadable`, `source-unsupported`, `stdin-is-terminal`
 */
export async function openSource(path: string, init: OpenSourceInit): Promise<PutSource> {
  if (path === '-') return openPipe(init);
  const first = await look(path);
  if (first.isFile()) return fileSource(path, first);
  if (first.isDirectory()) return folderSource(path, { signal: init.signal });
  // Process substitution and named pipes have a size of 0 and no second reading: they go through `-`.
  throw sourceUnsupported(path, first.isFIFO() ? 'a pipe' : 'neither a file nor a folder');
}

async function look(path: string): Promise<BigIntStats> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    throw sourceUnreadable(path, error);
  }
}

function openPipe(init: OpenSourceInit): PutSource {
  if (init.stdin.isTTY === true) {
    throw new StowError({
      code: 'stdin-is-terminal',
      message: '`-` reads standard input, which is a terminal here',
      hint: 'pipe something in, as in `tar c folder | stowmarket put - --name folder.tar`',
      exitCode: ExitCode.usage,
    });
  }
  return pipeSource(init.stdin, init.maxBytes ?? PIPE_DEFAULT_MAX_BYTES);
}
