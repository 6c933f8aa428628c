import type { CallOptions } from '../abortable.ts';
import { collateralAbi } from '../abi/collateral.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Whether a provider has failed for good. */
export async function readHasFailed(view: ChainView, provider: number, options: CallOptions = {}): Promise<boolean> {
  return readContract(
    view,
    `read whether provider ${provider} has failed`,
    {
      address: view.deployment.contracts.collateral,
      abi: collateralAbi,
      functionName: 'hasFailed',
      args: [provider],
    },
    options,
  );
}
