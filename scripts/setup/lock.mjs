/** One set-up at a time per folder. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

/** Short beside an installation, long beside a look at one small file. */
const POLL_MS = 500;

/**
 * Runs `work` while holding the lock file of `root`, which names the process that holds it. A lock whose process is
 * gone (killed, power cut) is taken over.
 *
 * @param {string} root
 * @param {(line: string) => void} say
 * @param {() => Promise<void>} work
 */
export async function withLock(root, say, work) {
  const path = join(root, '.setup.lock');
  let waiting = false;
  while (!tryLock(path)) {
    if (!waiting) say(`Another set-up is running in ${root} (${path} names its process): waiting for it.`);
    waiting = true;
    await delay(POLL_MS);
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => process.exit(130));
  }
  try {
    await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {string} path */
function tryLock(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
  const holder = read(path);
  if (holder === undefined || isAlive(holder)) return false;
  // Renaming is atomic, so one of several waiters removes the dead lock; the others find nothing or a living one.
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (read(aside) === holder) rmSync(aside);
    else renameSync(aside, path);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
  }
  return false;
}

/** The process named in the lock, or undefined when the file is gone or still being written. @param {string} path */
function read(path) {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
