import { ExitCode, StowError, systemCode } from '../../core/errors.ts';
import { systemClock } from '../../core/clock.ts';
import { requestStop } from '../../provider/admin-client.ts';
import { STOP_WAIT_MS } from '../../provider/limits.ts';
import type { Run } from '../program-context.ts';
import { loadSetup, type SetupOptions } from './provider-setup.ts';

const POLL_MS = 100;

/** `provider stop`: asks the provider of the data folder to stop, and returns when its process has ended. */
export async function stopProvider(run: Run, options: SetupOptions): Promise<void> {
  const { config } = await loadSetup(run, options);
  const pid = await requestStop(config.dataDir);
  run.output.talk(`provider process ${pid} is stopping`);
  const endMs = systemClock.monotonicMs() + STOP_WAIT_MS;
  while (isAlive(pid)) {
    if (systemClock.monotonicMs() > endMs) throw stillRunning(pid);
    await systemClock.sleep(POLL_MS, { signal: run.signal });
  }
  run.output.result({ type: 'provider-stopped', pid }, 'stopped');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

function stillRunning(pid: number): StowError {
  return new StowError({
    code: 'provider-stop-slow',
    message: `process ${pid} is still stopping after ${STOP_WAIT_MS / 1_000} seconds`,
    hint: 'look at its log; `kill -9` loses nothing that it signed for',
    exitCode: ExitCode.tryAgain,
  });
}
