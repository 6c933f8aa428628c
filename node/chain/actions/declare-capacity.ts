import type { TransactionReceipt } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { nodeRegistryAbi } from '../abi/node-registry.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface DeclareCapacityParameters {
  provider: number;
  units: number;
}

/** Sets how many units a provider may hold; its stake has to cover them. Operator or node key. */
export async function declareCapacity(
  sender: Sender,
  parameters: DeclareCapacityParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const { provider, units } = parameters;
  const call = contractCall(`declare a capacity of ${units} units for provider ${provider}`, {
    address: sender.view.deployment.contracts.nodeRegistry,
    abi: nodeRegistryAbi,
    functionName: 'declareCapacity',
    args: [provider, units],
  });
  return sender.send(call, options);
}
