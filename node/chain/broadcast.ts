import { BaseError, type Hex } from 'viem';

import { messageOf } from '../core/errors.ts';
import { type CallOptions, abortable } from './abortable.ts';
import type { ChainClient } from './client.ts';

/**
 * What became of handing a signed transaction to the chain. `unknown` is a lost answer: it may be there or not, and handing over the
 * same bytes again is harmless.
 */
export type BroadcastOutcome =
  | { kind: 'accepted' }
  | { kind: 'unknown'; cause: unknown }
  | { kind: 'nonce-used'; cause: unknown }
  | { kind: 'underpriced'; cause: unknown }
  | { kind: 'refused'; cause: unknown };

/** Answers of geth, Nethermind, Besu, Erigon, Reth, anvil and Hardhat to the same events. There is no code for them in JSON-RPC. */
const KNOWN = /already known|known transaction|already imported|already exists/i;
const NONCE_USED = /nonce too low|nonce is too low|nonce has already been used|oldnonce/i;
const UNDERPRICED = /underpriced|fee too low|gas price too low|feetoolow|less than block base fee|too low to replace/i;

/** Hands a signed transaction to the chain. Rejects only with the signal's reason. */
export async function broadcast(client: ChainClient, raw: Hex, options: CallOptions): Promise<BroadcastOutcome> {
  try {
    await abortable(client.sendRawTransaction({ serializedTransaction: raw }), options.signal);
    return { kind: 'accepted' };
  } catch (cause) {
    options.signal?.throwIfAborted();
    return classify(cause);
  }
}

function classify(cause: unknown): BroadcastOutcome {
  const text = cause instanceof BaseError ? `${cause.shortMessage} ${cause.details}` : messageOf(cause);
  if (KNOWN.test(text)) return { kind: 'accepted' };
  if (NONCE_USED.test(text)) return { kind: 'nonce-used', cause };
  if (UNDERPRICED.test(text)) return { kind: 'underpriced', cause };
  return isTransport(cause) ? { kind: 'unknown', cause } : { kind: 'refused', cause };
}

function isTransport(cause: unknown): boolean {
  return (
    cause instanceof BaseError &&
    cause.walk(
      (inner) => inner instanceof Error && /^(?:HttpRequestError|TimeoutError|WebSocketRequestError)$/.test(inner.name),
    ) !== null
  );
}
