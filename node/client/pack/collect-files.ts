import type { BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';

import { ExitCode, StowError } from '../../core/errors.ts';
import { MAX_FILE_BYTES, MAX_RECORDS, type FileRecord } from '../../pipeline/pack/segment-index.ts';
import { normalizeName } from '../object-name.ts';
import { fileSource } from '../put/file-source.ts';
import { sourceUnreadable, sourceUnsupported } from '../put/source-errors.ts';

/** A file that is to be packed, as it was when it was first looked at. */
export interface FileToPack {
  path: string;
  stats: BigIntStats;
  /** Normalized. */
  name: string;
}

export interface Collected {
  files: readonly FileToPack[];
  /** Links, sockets and the like: a pack holds files. */
  leftOut: readonly string[];
}

/**
 * The files behind command-line arguments: a file under its own name, those of a folder under the folder's name.
 * @param given takes the place of that name, where there is one argument
 * @throws StowError `source-missing`, `source-unreadable`, `source-unsupported`, `pack-file-too-large`, `pack-name-twice`, `pack-segment-full`, `pack-empty`
 */
export async function collectFiles(
  paths: readonly string[],
  options: { given?: string | undefined; signal: AbortSignal },
): Promise<Collected> {
  const files: FileToPack[] = [];
  const leftOut: string[] = [];
  for (const path of paths) {
    options.signal.throwIfAborted();
    const name = options.given ?? basename(resolve(path));
    const stats = await look(path);
    if (stats.isFile()) files.push({ path, stats, name: normalizeName(name) });
    else if (stats.isDirectory()) await collectFolder(path, name, { files, leftOut, signal: options.signal });
    else throw sourceUnsupported(path, 'neither a file nor a folder');
  }
  if (files.length === 0) throw empty(paths);
  requireFits(files);
  return { files, leftOut };
}

export function recordOf({ stats, name }: FileToPack, at: number): FileRecord {
  return {
    kind: 'file',
    name,
    at,
    sizeBytes: Number(stats.size),
    mode: Number(stats.mode & 0o7777n),
    // Times before 1970 exist, in archives of archives.
    mtimeMs: Math.max(0, Number(stats.mtimeMs)),
  };
}

/** The bytes of all of them. Fails with `source-changed` when one is not as it was. */
export async function* contentOf(
  files: readonly FileToPack[],
  options: { signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  for (const { path, stats } of files) yield* fileSource(path, stats).open(options);
}

async function collectFolder(
  root: string,
  name: string,
  { files, leftOut, signal }: { files: FileToPack[]; leftOut: string[]; signal: AbortSignal },
): Promise<void> {
  try {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      signal.throwIfAborted();
      const path = join(entry.parentPath, entry.name);
      if (entry.isDirectory()) continue;
      if (!entry.isFile()) {
        leftOut.push(path);
        continue;
      }
      const inside = relative(root, path).replaceAll(sep, '/');
      files.push({ path, stats: await look(path), name: normalizeName(`${name}/${inside}`) });
      if (files.length > MAX_RECORDS) return;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw sourceUnreadable(root, error);
  }
}

async function look(path: string): Promise<BigIntStats> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    throw sourceUnreadable(path, error);
  }
}

function requireFits(files: readonly FileToPack[]): void {
  const seen = new Map<string, string>();
  for (const { path, stats, name } of files) {
    if (stats.size > BigInt(MAX_FILE_BYTES)) throw tooLarge(path);
    const other = seen.get(name);
    if (other !== undefined) throw twice(name, other, path);
    seen.set(name, path);
  }
}

function tooLarge(path: string): StowError {
  return new StowError({
    code: 'pack-file-too-large',
    message: `${path} is larger than the ${MAX_FILE_BYTES / 1_048_576} MiB that a file in a pack may have`,
    hint: 'put it without --pack: at that size it costs no more',
    exitCode: ExitCode.usage,
  });
}

function twice(name: string, one: string, other: string): StowError {
  return new StowError({
    code: 'pack-name-twice',
    message: `${one} and ${other} would both be ${name} in the pack`,
    hint: 'put one of them in a run of its own, with --name',
    exitCode: ExitCode.usage,
  });
}

function empty(paths: readonly string[]): StowError {
  return new StowError({
    code: 'pack-empty',
    message: `there is no file in ${paths.join(', ')}`,
    hint: 'name files, or folders that hold some',
    exitCode: ExitCode.usage,
  });
}
