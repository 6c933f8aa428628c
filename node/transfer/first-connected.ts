import type { PeerId } from '@libp2p/interface';

import { isStowError } from '../core/errors.ts';
import type { BulkAddress } from './bulk-address.ts';
import type { BulkPeer } from './bulk-client.ts';

/** Failures to connect, before which no byte was sent: another address may work. */
const NOT_CONNECTED = new Set([
  'transfer-unreachable',
  'transfer-address-refused',
  'transfer-wrong-peer',
  'transfer-identity-invalid',
]);

/**
 * Tries a peer's addresses until one connects. What fails after that is the call's own failure.
 * @throws the last failure to connect, or `none` when there is no address
 */
export async function firstConnected<T>(
  peerId: PeerId,
  addresses: Iterable<BulkAddress> | AsyncIterable<BulkAddress>,
  none: Error,
  use: (peer: BulkPeer) => Promise<T>,
): Promise<T> {
  let failure: unknown = none;
  for await (const address of addresses) {
    try {
      return await use({ peerId, address });
    } catch (error) {
      failure = error;
      if (!isStowError(error) || !NOT_CONNECTED.has(error.code)) throw error;
    }
  }
  throw failure;
}
