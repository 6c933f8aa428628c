#!/usr/bin/env node
/**
 * Installs what the project needs, once: `npm start`, `npm test` and the others call it first. Plain JavaScript
 * without dependencies, because it runs before there are any, under whatever Node the machine has (20 or newer).
 *
 * The dependencies are installed under the Node version that package.json pins: npm leaves out native packages whose
 * engine range excludes the Node that npm itself runs under, and Hardhat's does. The pinned Node is itself a
 * dependency (the npm package `node`), so that afterwards every npm script finds it first on its PATH.
 */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isInstalled, readProject, remember } from './setup/installed.mjs';
import { withLock } from './setup/lock.mjs';
import { findNode, install, SetupError } from './setup/npm.mjs';

/** Older ones lack what this script itself uses, and npm versions that read the lock file. */
const OLDEST_NODE_MAJOR = 20;

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}

async function setUp() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE_MAJOR) {
    throw new SetupError(
      `Node ${process.versions.node} is too old: set-up needs Node ${OLDEST_NODE_MAJOR} or newer with npm 10 or newer.`,
      'Install a current Node from https://nodejs.org and run the same command again.',
    );
  }
  if (isInstalled(root)) return;
  await withLock(root, say, async () => {
    // Another run may have finished it while this one waited.
    if (isInstalled(root)) return;
    const project = readProject(root);
    const started = Date.now();
    say(`Setting up once: ${project.packages} packages under Node ${project.nodeVersion}. This takes a minute or two.`);
    const node = await findNode(project, say);
    await install(project, node, say);
    remember(root);
    say(`Set up in ${Math.round((Date.now() - started) / 1000)} s.`);
  });
}

try {
  await setUp();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(`\nSet-up failed: ${error.message}\n${error.hint}`);
  process.exitCode = 1;
}
