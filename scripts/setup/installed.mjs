/** What is installed, and whether it is what the lock file asks for. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';

/**
 * @typedef {{ version?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockEntry
 * @typedef {{ root: string, nodeVersion: string, packages: number, folders: string[] }} Project
 */

/** @param {string} path */
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** @param {string} root */
const stampPath = (root) => join(root, 'node_modules', '.stowmarket-setup');

/** Where the pinned Node stands once it is installed. @param {string} root */
export function pinnedNode(root) {
  return join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/** The stamp changes with the lock file and with the machine: a folder copied to another system is set up again. @param {string} root */
function stamp(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`${process.platform} ${process.arch}`)
    .digest('hex');
}

/**
 * @param {string} root
 * @returns {Project}
 */
export function readProject(root) {
  const entries = Object.entries(readLock(root)).filter(([, entry]) => belongsHere(entry));
  return {
    root,
    nodeVersion: readJson(join(root, 'package.json')).devDependencies.node,
    packages: entries.length,
    folders: entries.map(([path]) => join(root, path)),
  };
}

/** @param {string} root @returns {Record<string, LockEntry>} */
function readLock(root) {
  const { '': _root, ...packages } = readJson(join(root, 'package-lock.json')).packages;
  return packages;
}

/**
 * Whether npm should have installed this package here: it leaves out optional packages for other systems, and
 * optional ones without a system of their own that only those need.
 *
 * @param {LockEntry} entry
 */
function belongsHere(entry) {
  if (entry.optional && entry.os === undefined && entry.cpu === undefined) return false;
  const libc = process.platform === 'linux' ? (usesGlibc() ? 'glibc' : 'musl') : '';
  return (
    (entry.os?.includes(process.platform) ?? true) &&
    (entry.cpu?.includes(process.arch) ?? true) &&
    (entry.libc?.includes(libc) ?? true)
  );
}

/** @type {boolean | undefined} */
let glibc;

function usesGlibc() {
  if (glibc === undefined) {
    const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
    glibc = report.header.glibcVersionRuntime !== undefined;
  }
  return glibc;
}

/** @param {string} root */
export function isInstalled(root) {
  if (!existsSync(pinnedNode(root))) return false;
  if (existsSync(stampPath(root)) && readFileSync(stampPath(root), 'utf8') === stamp(root)) return true;
  // Somebody ran `npm ci` or `npm install` by hand: good if it left what the lock file asks for.
  if (!matchesLock(root)) return false;
  remember(root);
  return true;
}

/** npm writes its own record last, so without it an installation was cut short. @param {string} root */
function matchesLock(root) {
  if (!existsSync(join(root, 'node_modules', '.package-lock.json'))) return false;
  return Object.entries(readLock(root)).every(([path, wanted]) => {
    const manifest = join(root, path, 'package.json');
    if (!existsSync(manifest)) return !belongsHere(wanted);
    return readJson(manifest).version === wanted.version;
  });
}

/** @param {string} root */
export function remember(root) {
  mkdirSync(dirname(stampPath(root)), { recursive: true });
  writeFileSync(stampPath(root), stamp(root));
}
