import type { Stake } from '../records.ts';
import type { CallOptions } from '../abortable.ts';
import { collateralAbi } from '../abi/collateral.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** A provider's stake. */
export async function readStake(view: ChainView, provider: number, options: CallOptions = {}): Promise<Stake> {
  return readContract(
    view,
    `read the stake of provider ${provider}`,
    {
      address: view.deployment.contracts.collateral,
      abi: collateralAbi,
      functionName: 'stakes',
      args: [provider],
    },
    options,
  );
}
