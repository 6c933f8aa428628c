/** Runs npm, shows how far it is, and says in words what went wrong. */
import { spawn } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { pinnedNode } from './installed.mjs';

/** @typedef {import('./installed.mjs').Project} Project */

/** What node_modules (0.7 GB) and npm's cache (0.3 GB) take, with some room for compiling. */
const NEEDED_BYTES = 1.5e9;
/**
 * Its words are needed to explain a failure, whatever the caller's verbosity. Four attempts at a request within some
 * ten seconds get past a hiccup; the defaults make somebody without a network wait for more than a minute.
 */
const NPM_SETTINGS = {
  npm_config_loglevel: 'warn',
  npm_config_update_notifier: 'false',
  npm_config_fetch_retries: '3',
  npm_config_fetch_retry_factor: '2',
  npm_config_fetch_retry_mintimeout: '1000',
};
/** Between progress lines where they cannot overwrite each other (logs, CI). */
const LOG_EVERY_MS = 15_000;
/** On a terminal one line is rewritten. */
const REDRAW_EVERY_MS = 1_000;
/** With less than this left an installation cannot end well, and npm would retry for minutes before it says so. */
const EXHAUSTED_BYTES = 20e6;
/** Lines of npm's own words to show when the failure is of no known kind. */
const TAIL_LINES = 15;

const onWindows = process.platform === 'win32';

export class SetupError extends Error {
  /**
   * @param {string} message what happened
   * @param {string} hint what to do next
   */
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

/**
 * The Node to install under: the one that runs now if it is new enough and not inside the folder that npm is about
 * to empty; otherwise the pinned one, fetched into npm's cache.
 *
 * @param {Project} project
 * @param {(line: string) => void} say
 * @returns {Promise<string>} path of the executable
 */
export async function findNode(project, say) {
  const [major = 0] = process.versions.node.split('.').map(Number);
  const [pinnedMajor = 0] = project.nodeVersion.split('.').map(Number);
  if (major >= pinnedMajor && !process.execPath.startsWith(join(project.root, 'node_modules'))) return process.execPath;
  say(`Fetching Node ${project.nodeVersion} (this is Node ${process.versions.node}).`);
  const args = ['--yes', '--prefer-offline', '--package', `node@${project.nodeVersion}`, '--'];
  const { code, output } = await run('npx', [...args, 'node', '-p', '"path=" + process.execPath'], {
    // Elsewhere than in the project, where npx would prefer a half-installed Node of ours.
    cwd: tmpdir(),
    env: cleanEnvironment(project.root),
  });
  const path = /^path=(.+)$/m.exec(output)?.[1];
  if (code !== 0 || path === undefined)
    throw explain(output, `npx could not fetch Node ${project.nodeVersion}`, project);
  return path;
}

/**
 * @param {Project} project
 * @param {string} node path of the Node executable to run npm under
 * @param {(line: string) => void} say
 */
export async function install(project, node, say) {
  if (freeBytes(project.root) < NEEDED_BYTES) throw diskFull(project.root);
  const full = new AbortController();
  const stopProgress = showProgress(project, () => {
    if (freeBytes(project.root) < EXHAUSTED_BYTES) full.abort();
  });
  const env = cleanEnvironment(project.root);
  const { code, output } = await run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline', '--include=dev'], {
    cwd: project.root,
    env: { ...env, PATH: `${dirname(node)}${delimiter}${env['PATH'] ?? ''}` },
    signal: full.signal,
  });
  stopProgress();
  if (full.signal.aborted) throw diskFull(project.root);
  if (code !== 0) throw explain(output, 'npm ci failed', project);
  for (const line of output.split('\n').filter((text) => text.startsWith('npm warn'))) say(line);
  if (!existsSync(pinnedNode(project.root))) {
    throw new SetupError(
      `npm finished, but ${pinnedNode(project.root)} is missing: the install script of the package "node" did not run.`,
      'If your npm configuration has ignore-scripts=true, run: npm ci --ignore-scripts=false',
    );
  }
}

/**
 * The environment without what npm sets for the script that runs us (it would make npm and npx take our folder for
 * theirs), and without our own half-installed programs on the PATH.
 *
 * @param {string} root
 */
function cleanEnvironment(root) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|command|config_local_prefix)/.test(name)),
  );
  const own = join(root, 'node_modules');
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !resolve(folder).startsWith(own));
  return { ...env, ...NPM_SETTINGS, PATH: path.join(delimiter) };
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, signal?: AbortSignal }} options
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function run(command, args, { signal, ...options }) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      // npm and npx are .cmd files on Windows, which only a shell starts; none of the arguments has a space there.
      shell: onWindows,
      // A process group of its own, so that npm can be stopped with everything it started.
      detached: !onWindows,
    });
    const stop = () => killGroup(child);
    process.once('exit', stop);
    signal?.addEventListener('abort', stop);
    let output = '';
    const collect = (/** @type {Buffer} */ chunk) => (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('close', (code) => {
      process.off('exit', stop);
      done({ code, output });
    });
    child.on('error', (error) => {
      const hint = `Install ${command} (it comes with Node.js: https://nodejs.org) or put it on the PATH, and run the same command again.`;
      fail(new SetupError(`${command} could not be started: ${error.message}.`, hint));
    });
  });
}

/**
 * npm takes its time over a gentler signal, and would go on writing after the lock is given up. The next set-up
 * begins by removing what is half there.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
function killGroup(child) {
  if (child.pid === undefined) return;
  try {
    process.kill(onWindows ? child.pid : -child.pid, 'SIGKILL');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/**
 * npm prints nothing while it works, so count the package folders that are there.
 *
 * @param {Project} project
 * @param {() => void} watch called as often
 * @returns {() => void} stops it
 */
function showProgress(project, watch) {
  const { isTTY } = process.stderr;
  const started = Date.now();
  const show = () => {
    const there = project.folders.filter((folder) => existsSync(join(folder, 'package.json'))).length;
    const line = `Installing: ${there} of ${project.packages} packages, ${Math.round((Date.now() - started) / 1000)} s`;
    process.stderr.write(isTTY ? `\r${line}` : `${line}\n`);
  };
  const redraw = setInterval(show, isTTY ? REDRAW_EVERY_MS : LOG_EVERY_MS);
  const watcher = setInterval(watch, REDRAW_EVERY_MS);
  return () => {
    clearInterval(redraw);
    clearInterval(watcher);
    show();
    if (isTTY) process.stderr.write('\n');
  };
}

/** @param {string} folder */
function freeBytes(folder) {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** @param {string} folder */
function diskFull(folder) {
  return new SetupError(
    `not enough disk space: set-up needs about ${NEEDED_BYTES / 1e9} GB in ${folder} and in npm's cache.`,
    'Free some space and run the same command again.',
  );
}

/**
 * @param {string} output what npm printed
 * @param {string} what which command failed
 * @param {Project} project
 */
function explain(output, what, { root }) {
  const has = (/** @type {RegExp} */ pattern) => pattern.test(output);
  if (has(/ENOSPC/)) return diskFull(root);
  const network =
    /(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|CERT_\w+)/.exec(
      output,
    );
  if (network !== null) {
    return new SetupError(
      `the npm registry could not be reached (${network[1]}).`,
      'Set-up needs it once. Check the connection and `npm config get registry` / `npm config get proxy`, and run the same command again.',
    );
  }
  if (has(/EACCES|EPERM|EROFS/)) {
    return new SetupError(`no permission to write in ${root} or in npm's cache.`, `npm said:\n${tail(output)}`);
  }
  if (has(/EUSAGE/)) {
    return new SetupError('package.json and package-lock.json disagree.', `npm said:\n${tail(output)}`);
  }
  return new SetupError(`${what}.`, `npm said:\n${tail(output)}`);
}

/** @param {string} output */
function tail(output) {
  return output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}
