import type { Draw } from '../records.ts';
import type { CallOptions } from '../abortable.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Leaves that a provider must show in the current period, in order. Empty when it has no duty, or when the period's opening block is the newest. */
export async function readDraws(
  view: ChainView,
  provider: number,
  options: CallOptions = {},
): Promise<readonly Draw[]> {
  return readContract(
    view,
    `read the draws of provider ${provider}`,
    {
      address: view.deployment.contracts.possessionProofs,
      abi: possessionProofsAbi,
      functionName: 'draws',
      args: [provider],
    },
    options,
  );
}
