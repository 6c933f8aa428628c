import type { z } from 'zod';

import { isStowError } from '../../core/errors.ts';
import type { Rpc } from '../../network/rpc.ts';
import type { KnownProvider } from '../market-view.ts';
import type { PeerBook } from './peer-book.ts';

export interface CallProviderComponents {
  rpc: Pick<Rpc, 'call'>;
  peers: Pick<PeerBook, 'controlTargets'>;
}

export interface ProviderCall<T> {
  protocol: string;
  message: unknown;
  schema: z.ZodType<T>;
  maxResponseBytes: number;
}

/** Calls a provider at the first of its addresses that answers. */
export async function callProvider<T>(
  { rpc, peers }: CallProviderComponents,
  provider: Pick<KnownProvider, 'peerId' | 'addresses' | 'id'>,
  { protocol, message, ...answer }: ProviderCall<T>,
  options: { signal?: AbortSignal | undefined },
): Promise<T> {
  let failure: unknown;
  for await (const target of peers.controlTargets(provider, options)) {
    try {
      return await rpc.call(target, protocol, message, { ...options, ...answer });
    } catch (error) {
      failure = error;
      if (!isStowError(error, 'rpc-unreachable')) throw error;
    }
  }
  throw failure;
}
