import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { ExitCode, StowError, messageOf } from '../core/errors.ts';
import { diskError } from './store-errors.ts';

const LOCK_FILE = 'lock';
const HOLDER_FILE = 'lock.pid';

/** SQLite's result codes for a lock that somebody else has: SQLITE_BUSY and SQLITE_LOCKED. */
const TAKEN_CODES: readonly unknown[] = [5, 6];

/** A handle that is garbage-collected closes its file and with it the lock, so a caller that drops its FolderLock must not. */
const heldLocks = new Set<DatabaseSync>();

export interface FolderLock {
  /** Lets the folder go. Harmless a second time. */
  release(): void;
}

/**
 * Takes a data folder for this process alone. The lock is the operating system's, held through an open SQLite
 * transaction: however the process ends, kill -9 included, it is gone, so no stale lock ever needs removing.
 * Throws `folder-locked` when another process, or another part of this one, has it.
 */
export function lockFolder(folder: string): FolderLock {
  const db = openLockFile(join(folder, LOCK_FILE));
  const holder = join(folder, HOLDER_FILE);
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    throw lockError(folder, holder, error);
  }
  try {
    writeFileSync(holder, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    db.close();
    throw diskError(`write ${holder}`, error);
  }
  heldLocks.add(db);
  return {
    release: () => {
      if (!heldLocks.delete(db)) return;
      rmSync(holder, { force: true });
      db.close();
    },
  };
}

function openLockFile(path: string): DatabaseSync {
  try {
    const db = new DatabaseSync(path, { timeout: 0 });
    chmodSync(path, 0o600);
    return db;
  } catch (error) {
    throw diskError(`open the lock file ${path}`, error);
  }
}

function lockError(folder: string, holder: string, cause: unknown): StowError {
  const code = cause instanceof Error && 'errcode' in cause ? cause.errcode : undefined;
  if (!TAKEN_CODES.includes(code)) {
    return new StowError({
      code: 'folder-unlockable',
      message: `cannot lock the folder ${folder}: ${messageOf(cause)}`,
      hint: 'the lock file in it is damaged or its file system has no locks; move the folder to a local disk',
      cause,
    });
  }
  return new StowError({
    code: 'folder-locked',
    message: `the folder ${folder} is in use by another process${holderText(holder)}`,
    hint: 'stop that one first, or give this one a folder of its own',
    exitCode: ExitCode.tryAgain,
    cause,
  });
}

function holderText(holder: string): string {
  try {
    return ` (pid ${Number.parseInt(readFileSync(holder, 'utf8'), 10)})`;
  } catch {
    return '';
  }
}
