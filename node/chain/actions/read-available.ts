import type { Address } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { escrowAbi } from '../abi/escrow.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Available escrow balance of an account in token wei; 0n when it has none. */
export async function readAvailable(view: ChainView, owner: Address, options: CallOptions = {}): Promise<bigint> {
  return readContract(
    view,
    `read the escrow balance of ${owner}`,
    {
      address: view.deployment.contracts.escrow,
      abi: escrowAbi,
      functionName: 'availableOf',
      args: [owner],
    },
    options,
  );
}
