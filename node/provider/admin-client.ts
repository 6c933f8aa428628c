import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { once } from 'node:events';
import { Readable } from 'node:stream';

import { z } from 'zod';

import { ExitCode, messageOf, StowError, systemCode } from '../core/errors.ts';
import type { Hex } from '../market/messages.ts';
import { adminAddress } from './admin-address.ts';
import type { CachedShard } from './cache/cache-index.ts';
import { type CacheContents, cacheSchema, removedSchema } from './cache/cache-messages.ts';
import { earningsSchema, type ProviderEarnings } from './earnings.ts';
import { ADMIN_TIMEOUT_MS, CACHE_IDLE_MS } from './limits.ts';
import { statusSchema, type ProviderStatus } from './status.ts';

const stopSchema = z.object({ stopping: z.literal(true), pid: z.int() });
const errorSchema = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

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

/** What it caches. @throws StowError `provider-not-running`, `cache-off`, `admin-failed` */
export async function fetchCache(dataDir: string): Promise<CacheContents> {
  return cacheSchema.parse(await call(dataDir, 'GET', '/cache'));
}

/**
 * Hands it a shard to cache.
 * @param body its units in order
 * @throws StowError as `fetchCache`; `cache-held`, `cache-too-small`, `root-mismatch`, `store-…`, and what the body throws
 */
export async function putCached(
  dataDir: string,
  { root, ...shard }: CachedShard,
  body: AsyncIterable<Uint8Array>,
): Promise<CacheContents> {
  const { client, objectKey, shardIndex, units } = shard;
  const query = new URLSearchParams({ client, objectKey, shardIndex: String(shardIndex), units: String(units) });
  return cacheSchema.parse(await call(dataDir, 'PUT', `/cache/${root}?${query.toString()}`, body));
}

/** Has it forget a shard. @returns whether it was cached */
export async function dropCached(dataDir: string, root: Hex): Promise<boolean> {
  return removedSchema.parse(await call(dataDir, 'DELETE', `/cache/${root}`)).removed;
}

async function call(dataDir: string, method: string, path: string, body?: AsyncIterable<Uint8Array>): Promise<unknown> {
  const socketPath = adminAddress(dataDir);
  const timeout = body === undefined ? 2 * ADMIN_TIMEOUT_MS : CACHE_IDLE_MS;
  const source = body === undefined ? undefined : Readable.from(body, { objectMode: false });
  try {
    const sent = request({ socketPath, method, path, timeout, agent: false });
    sent.once('timeout', () => sent.destroy(new Error('no answer in time')));
    const responded = once(sent, 'response');
    if (source === undefined) sent.end();
    else {
      // What ends the body ends the request; an answer may come before its end.
      source.once('error', (error) => sent.destroy(error));
      source.pipe(sent);
    }
    const [response] = await responded;
    const answer: unknown = await json(response);
    if (response.statusCode < 300) return answer;
    const { code, message, hint } = errorSchema.parse(answer);
    throw new StowError({
      code,
      message,
      hint: hint ?? 'look at the log of the provider',
      retryable: hint === undefined,
    });
  } catch (error) {
    throw error instanceof StowError ? error : unreachable(dataDir, error);
  } finally {
    source?.destroy();
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
