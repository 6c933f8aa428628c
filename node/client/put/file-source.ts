import { open, type FileHandle } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { BigIntStats } from 'node:fs';

import { READ_BYTES, type PutSource } from './source.ts';
import { sourceChanged, sourceUnreadable } from './source-errors.ts';

/** A regular file. Size and times of the first look must still hold at the end of every pass. */
export function fileSource(path: string, first: BigIntStats): PutSource {
  const sizeBytes = Number(first.size);
  return {
    kind: 'file',
    label: path,
    defaultName: basename(resolve(path)),
    maxBytes: sizeBytes,
    exact: true,
    rereadable: true,
    mode: Number(first.mode & 0o7777n),
    mtimeMs: Number(first.mtimeMs),
    open: ({ signal }) => readFile(path, first, signal),
  };
}

async function* readFile(
  path: string,
  first: BigIntStats,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    requireUnchanged(path, first, await handle.stat({ bigint: true }));
    let position = 0;
    const sizeBytes = Number(first.size);
    const buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, sizeBytes));
    while (position < sizeBytes) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, Math.min(READ_BYTES, sizeBytes - position), position);
      if (bytesRead === 0) throw sourceChanged(path, `it ends after ${position} of ${sizeBytes} bytes`);
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    requireUnchanged(path, first, await handle.stat({ bigint: true }));
  } catch (error) {
    signal?.throwIfAborted();
    throw sourceUnreadable(path, error);
  } finally {
    await handle?.close();
  }
}

function requireUnchanged(path: string, first: BigIntStats, now: BigIntStats): void {
  if (now.ino !== first.ino || now.dev !== first.dev) throw sourceChanged(path, 'another file took its place');
  if (now.size !== first.size) throw sourceChanged(path, `${first.size} bytes became ${now.size}`);
  if (now.mtimeNs !== first.mtimeNs) throw sourceChanged(path, 'it was written to');
}
