import type { Address } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { nodeRegistryAbi } from '../abi/node-registry.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Id of the provider that a node key belongs to; 0 when it is not registered. */
export async function readProviderOfNode(
  view: ChainView,
  nodeAddress: Address,
  options: CallOptions = {},
): Promise<number> {
  return readContract(
    view,
    `look up the provider of node key ${nodeAddress}`,
    {
      address: view.deployment.contracts.nodeRegistry,
      abi: nodeRegistryAbi,
      functionName: 'providerOfNode',
      args: [nodeAddress],
    },
    options,
  );
}
