import type { CallOptions } from '../abortable.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Missed periods of a provider that nobody has recorded yet. */
export async function readUnrecordedMisses(
  view: ChainView,
  provider: number,
  options: CallOptions = {},
): Promise<number> {
  return readContract(
    view,
    `read the unrecorded misses of provider ${provider}`,
    {
      address: view.deployment.contracts.possessionProofs,
      abi: possessionProofsAbi,
      functionName: 'unrecordedMisses',
      args: [provider],
    },
    options,
  );
}
