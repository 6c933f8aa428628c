import type { CallOptions } from '../abortable.ts';
import { collateralAbi } from '../abi/collateral.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** The client's share of slashed collateral, 1/10,000. It never changes during a deployment's life. */
export async function readCompensation(view: ChainView, options: CallOptions = {}): Promise<bigint> {
  return readContract(
    view,
    "read the clients' share of slashed collateral",
    { address: view.deployment.contracts.collateral, abi: collateralAbi, functionName: 'compensationBps' },
    options,
  );
}
