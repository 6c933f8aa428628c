import { zeroHash } from 'viem';

import { fromHex } from '../../core/bytes.ts';
import type { Address } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { catalogAbi } from '../abi/catalog.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** The X25519 public key (32 bytes, raw) that a wallet published; undefined when it published none. */
export async function readKeyOf(
  view: ChainView,
  owner: Address,
  options: CallOptions = {},
): Promise<Uint8Array | undefined> {
  const key = await readContract(
    view,
    `read the public key of ${owner}`,
    { address: view.deployment.contracts.catalog, abi: catalogAbi, functionName: 'keyOf', args: [owner] },
    options,
  );
  return key === zeroHash ? undefined : fromHex(key, 32);
}
