import type { CallOptions } from '../abortable.ts';
import { collateralAbi } from '../abi/collateral.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Stake of a provider that a new agreement could lock, in token wei. */
export async function readLockable(view: ChainView, provider: number, options: CallOptions = {}): Promise<bigint> {
  return readContract(
    view,
    `read the free stake of provider ${provider}`,
    {
      address: view.deployment.contracts.collateral,
      abi: collateralAbi,
      functionName: 'lockableOf',
      args: [provider],
    },
    options,
  );
}
