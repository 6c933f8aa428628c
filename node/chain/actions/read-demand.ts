import type { ContractFunctionReturnType } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { demandsAbi } from '../abi/demands.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** A unit that was demanded. Meanings: `contracts/interfaces/IDemands.sol`. */
export type DemandState = ContractFunctionReturnType<typeof demandsAbi, 'view', 'demands'>;

/** The state of a demand; all zero when there is none of that number. */
export async function readDemand(view: ChainView, demand: bigint, options: CallOptions = {}): Promise<DemandState> {
  return readContract(
    view,
    `read demand ${demand}`,
    { address: view.deployment.contracts.demands, abi: demandsAbi, functionName: 'demands', args: [demand] },
    options,
  );
}
