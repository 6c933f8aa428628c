import type { TransactionReceipt } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { nodeRegistryAbi } from '../abi/node-registry.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface AssignPlacementParameters {
  provider: number;
}

/** Fixes a provider's placement id. Possible from the block after its registration on; anybody may, once. */
export async function assignPlacement(
  sender: Sender,
  parameters: AssignPlacementParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`assign provider ${parameters.provider} its placement id`, {
    address: sender.view.deployment.contracts.nodeRegistry,
    abi: nodeRegistryAbi,
    functionName: 'assignPlacement',
    args: [parameters.provider],
  });
  return sender.send(call, options);
}
