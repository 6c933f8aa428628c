#!/usr/bin/env node
/**
 * The `stowmarket` command. Its sources are TypeScript that Node runs as it is, which takes a Node that strips types
 * and knows `using`; under an older one the launcher hands over to the Node that set-up installed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { pinnedNode } from '../scripts/setup/installed.mjs';

/** The oldest Node that runs the sources. */
const OLDEST = { major: 24, minor: 2 };

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) {
  hideExperimentalWarnings();
  keepCompiled();
  // Before anything else is loaded: loading is what makes most garbage.
  const { keepHeapSmall } = await import('../node/core/small-heap.ts');
  keepHeapSmall();
  const { main } = await import('../node/cli/main.ts');
  await main();
} else {
  handOver();
}

/** As `--disable-warning=ExperimentalWarning`, which only counts at start-up: node:sqlite would greet every command. */
function hideExperimentalWarnings() {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
}

/**
 * Stripping and compiling the sources is most of what a short command costs. The result is kept inside of the installation, where only who could change the
 * sources can change it; in one that may not be written to, every command compiles.
 */
function keepCompiled() {
  module.enableCompileCache?.(
    join(fileURLToPath(new URL('..', import.meta.url)), 'node_modules', '.cache', 'stowmarket'),
  );
}

/** Runs this file again under the pinned Node, passing on signals, streams and the way it ends. */
function handOver() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const node = pinnedNode(root);
  if (!existsSync(node)) {
    process.stderr.write(
      `stowmarket needs Node ${OLDEST.major}.${OLDEST.minor} or newer, and this is Node ${process.versions.node}.\n` +
        `Run \`npm run setup\` in ${root}, which installs one for this folder only.\n`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      // A terminal signals the child too; passed on, ctrl-C would count twice, and twice means: at once.
      if (signal === 'SIGTERM' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`${node} could not be started: ${error.message}. Run \`npm ci\` in ${root} to repair it.\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
