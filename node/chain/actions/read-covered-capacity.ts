import type { CallOptions } from '../abortable.ts';
import { collateralAbi } from '../abi/collateral.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Units of capacity that a provider's stake covers beyond its bond. */
export async function readCoveredCapacity(
  view: ChainView,
  provider: number,
  options: CallOptions = {},
): Promise<bigint> {
  return readContract(
    view,
    `read what the stake of provider ${provider} covers`,
    {
      address: view.deployment.contracts.collateral,
      abi: collateralAbi,
      functionName: 'coveredCapacity',
      args: [provider],
    },
    options,
  );
}
