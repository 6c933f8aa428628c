import type { CallOptions } from '../abortable.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Number of the period that the chain is in. */
export async function readCurrentPeriod(view: ChainView, options: CallOptions = {}): Promise<number> {
  return readContract(
    view,
    'read the current period',
    {
      address: view.deployment.contracts.possessionProofs,
      abi: possessionProofsAbi,
      functionName: 'currentPeriod',
    },
    options,
  );
}
