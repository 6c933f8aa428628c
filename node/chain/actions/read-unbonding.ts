import type { Unbonding } from '../records.ts';
import type { CallOptions } from '../abortable.ts';
import { collateralAbi } from '../abi/collateral.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Stake of a provider that is on its way out. */
export async function readUnbonding(view: ChainView, provider: number, options: CallOptions = {}): Promise<Unbonding> {
  return readContract(
    view,
    `read the unbonding stake of provider ${provider}`,
    {
      address: view.deployment.contracts.collateral,
      abi: collateralAbi,
      functionName: 'unbondings',
      args: [provider],
    },
    options,
  );
}
