import type { CallOptions } from '../abortable.ts';
import { nodeRegistryAbi } from '../abi/node-registry.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';
import type { RegisteredProvider } from '../records.ts';

/** A provider's registration. Throws `node-registry-unknown-provider`, or returns an all-zero record, as the contract decides. */
export async function readProvider(
  view: ChainView,
  provider: number,
  options: CallOptions = {},
): Promise<RegisteredProvider> {
  return readContract(
    view,
    `read provider ${provider}`,
    {
      address: view.deployment.contracts.nodeRegistry,
      abi: nodeRegistryAbi,
      functionName: 'providers',
      args: [provider],
    },
    options,
  );
}

/** The multiaddrs of last resort that the chain names for a provider. */
export async function readProviderAddresses(
  view: ChainView,
  provider: number,
  options: CallOptions = {},
): Promise<string[]> {
  const text = await readContract(
    view,
    `read the addresses of provider ${provider}`,
    {
      address: view.deployment.contracts.nodeRegistry,
      abi: nodeRegistryAbi,
      functionName: 'addressesOf',
      args: [provider],
    },
    options,
  );
  return text.split('\n').filter((line) => line !== '');
}

/** Number of providers ever registered; their ids are 1 to this. */
export async function readProviderCount(view: ChainView, options: CallOptions = {}): Promise<number> {
  return readContract(
    view,
    'count the providers',
    { address: view.deployment.contracts.nodeRegistry, abi: nodeRegistryAbi, functionName: 'providerCount' },
    options,
  );
}
