import type { CallOptions } from '../abortable.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Whether a provider has proven a period. */
export async function readIsProven(
  view: ChainView,
  provider: number,
  period: number,
  options: CallOptions = {},
): Promise<boolean> {
  return readContract(
    view,
    `read whether provider ${provider} has proven period ${period}`,
    {
      address: view.deployment.contracts.possessionProofs,
      abi: possessionProofsAbi,
      functionName: 'isProven',
      args: [provider, period],
    },
    options,
  );
}
