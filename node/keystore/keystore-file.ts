import { randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { ExitCode, StowError, messageOf, systemCode } from '../core/errors.ts';
import { type KeystoreFile, parseKeystore } from './keystore-format.ts';

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
/** Any right of the group or of others. */
const OTHERS_MASK = 0o077;

/**
 * Writes a keystore that does not exist yet: whole or not at all, on disk when this returns, readable by its owner only.
 * Throws `keystore-exists`: a key that is overwritten is lost for ever.
 */
export async function writeNewKeystore(path: string, keystore: KeystoreFile): Promise<void> {
  const folder = dirname(path);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
    await writeDurably(temporary, `${JSON.stringify(keystore, null, 2)}\n`);
    // Unlike a rename, a link never replaces what is there, even if it came this very moment.
    await link(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? exists(path) : unwritable(path, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Throws `keystore-exists` when something is there: before a password is asked for. */
export async function requireAbsent(path: string): Promise<void> {
  if ((await lstat(path).catch(() => undefined)) !== undefined) throw exists(path);
}

/** Reads a keystore. Throws `keystore-missing`, `keystore-exposed`, `keystore-malformed`, `keystore-weak`. */
export async function readKeystore(path: string): Promise<KeystoreFile> {
  let text: string;
  try {
    await requirePrivate(path, 'keystore');
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof StowError) throw error;
    throw unreadable(path, error);
  }
  return parseKeystore(text, path);
}

/** The first line of a password file. Throws `password-unreadable`, `keystore-exposed`. */
export async function readPasswordFile(path: string): Promise<string> {
  try {
    await requirePrivate(path, 'password file');
    const [line = ''] = (await readFile(path, 'utf8')).split(/\r?\n/, 1);
    return line;
  } catch (error) {
    if (error instanceof StowError) throw error;
    throw new StowError({
      code: 'password-unreadable',
      message: `cannot read the password file ${path}: ${messageOf(error)}`,
      hint: 'check the path and its permissions',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
}

/** Windows has no such rights; its folders are private by inheritance. */
async function requirePrivate(path: string, what: string): Promise<void> {
  const { mode } = await stat(path);
  if (process.platform === 'win32' || (mode & OTHERS_MASK) === 0) return;
  throw new StowError({
    code: 'keystore-exposed',
    message: `${what} ${path} can be read or changed by other users (mode ${(mode & 0o777).toString(8)})`,
    hint: `run: chmod 600 ${path}`,
    exitCode: ExitCode.usage,
  });
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using handle: FileHandle = await open(path, 'wx', OWNER_ONLY_FILE);
  await handle.writeFile(text);
  await handle.sync();
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using handle: FileHandle = await open(path, 'r');
  await handle.sync();
}

function exists(path: string): StowError {
  return new StowError({
    code: 'keystore-exists',
    message: `${path} exists already and is never overwritten`,
    hint: 'use that wallet, name another file, or move this one to a safe place first',
    exitCode: ExitCode.usage,
  });
}

function unwritable(path: string, error: unknown): StowError {
  return new StowError({
    code: 'keystore-unwritable',
    message: `cannot write keystore ${path}: ${messageOf(error)}`,
    hint: 'check the folder, its permissions and the free space',
    cause: error,
  });
}

function unreadable(path: string, error: unknown): StowError {
  const missing = systemCode(error) === 'ENOENT';
  return new StowError({
    code: missing ? 'keystore-missing' : 'keystore-unreadable',
    message: missing ? `there is no keystore at ${path}` : `cannot read keystore ${path}: ${messageOf(error)}`,
    hint: missing
      ? 'create one with `stowmarket wallet new` or `stowmarket provider init`, or name another file'
      : 'check its permissions',
    exitCode: missing ? ExitCode.notFound : ExitCode.usage,
    cause: error,
  });
}
