import { getActiveResourcesInfo } from 'node:process';

/** Longest that sockets and timers which were closed properly need to wind down; libp2p takes about one second. */
const WIND_DOWN_MS = 10_000;

/**
 * Mocha's global teardown. The runner ends by itself once nothing is open. What stays open after the last test
 * is a leak of the code under test, so it is named and fails the run, where `--exit` would have hidden it.
 */
export function mochaGlobalTeardown(): void {
  setTimeout(() => {
    process.stderr.write(`Still open after the tests: ${getActiveResourcesInfo().join(', ')}\n`);
    // Mocha sets the code to the number of failed tests in an exit listener of its own; this one runs after it.
    process.on('exit', () => {
      process.exitCode = 1;
    });
    process.exit();
  }, WIND_DOWN_MS).unref();
}
