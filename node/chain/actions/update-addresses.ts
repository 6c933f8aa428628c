import type { TransactionReceipt } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { nodeRegistryAbi } from '../abi/node-registry.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface UpdateAddressesParameters {
  provider: number;
  /** Multiaddrs. */
  addresses: readonly string[];
}

/** Replaces the addresses of last resort that the chain names for a provider. Operator or node key. */
export async function updateAddresses(
  sender: Sender,
  parameters: UpdateAddressesParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`update the addresses of provider ${parameters.provider}`, {
    address: sender.view.deployment.contracts.nodeRegistry,
    abi: nodeRegistryAbi,
    functionName: 'updateAddresses',
    args: [parameters.provider, parameters.addresses.join('\n')],
  });
  return sender.send(call, options);
}
