import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { once } from 'node:events';

import { z } from 'zod';

import { ExitCode, messageOf, StowError, systemCode } from '../core/errors.ts';
import { adminAddress } from './admin-address.ts';
import { earningsSchema, type ProviderEarnings } from './earnings.ts';
import { ADMIN_TIMEOUT_MS } from './limits.ts';
import { statusSchema, type ProviderStatus } from './status.ts';

const stopSchema = z.object({ stopping: z.literal(true), pid: z.int() });
const errorSchema = z.object({ code: z.string(), message: z.string() });

/** Asks the running provider of a data folder for its status. @throws StowError `provider-not-running`, `admin-failed` */
export async function fetchStatus(dataDir: string): Promise<ProviderStatus> {
  return statusSchema.parse(await call(dataDir, 'GET', '/status'));
}

/** Asks it what it earned, and what is to come. @throws StowError `provider-not-running`, `admin-failed` */
export async function fetchEarnings(dataDir: string): Promise<ProviderEarnings> {
  return earningsSchema.parse(await call(dataDir, 'GET', '/earnings'));
}

/** Tells it to stop. @returns its process id; it ends some time later */
export async function requestStop(dataDir: string): Promise<number> {
  return stopSchema.parse(await call(dataDir, 'POST', '/stop')).pid;
}

async function call(dataDir: string, method: string, path: string): Promise<unknown> {
  const socketPath = adminAddress(dataDir);
  try {
    const sent = request({ socketPath, method, path, timeout: 2 * ADMIN_TIMEOUT_MS, agent: false });
    sent.once('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.end();
    const [response] = await once(sent, 'response');
    const body: unknown = await json(response);
    if (response.statusCode < 300) return body;
    const { code, message } = errorSchema.parse(body);
    throw new StowError({ code, message, hint: 'look at the log of the provider', retryable: true });
  } catch (error) {
    throw error instanceof StowError ? error : unreachable(dataDir, error);
  }
}

function unreachable(dataDir: string, error: unknown): StowError {
  const down = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET'].includes(systemCode(error) ?? '');
  return new StowError({
    code: down ? 'provider-not-running' : 'admin-failed',
    message: down
      ? `no provider runs on the data folder ${dataDir}`
      : `the provider of ${dataDir} did not answer: ${messageOf(error)}`,
    hint: down ? 'start it with `stowmarket provider start`, or name its folder with --home' : 'look at its log',
    exitCode: down ? ExitCode.notFound : ExitCode.general,
    cause: error,
  });
}
