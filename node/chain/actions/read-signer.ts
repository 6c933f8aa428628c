import { zeroAddress } from 'viem';

import { isStowError } from '../../core/errors.ts';
import type { Address } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { nodeRegistryAbi } from '../abi/node-registry.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Address of a provider's node key; undefined when nobody registered under that number. */
export async function readSigner(
  view: ChainView,
  provider: number,
  options: CallOptions = {},
): Promise<Address | undefined> {
  try {
    const [nodeAddress] = await readContract(
      view,
      `read the node key of provider ${provider}`,
      {
        address: view.deployment.contracts.nodeRegistry,
        abi: nodeRegistryAbi,
        functionName: 'signerOf',
        args: [provider],
      },
      options,
    );
    return nodeAddress === zeroAddress ? undefined : nodeAddress;
  } catch (error) {
    if (isStowError(error, 'node-registry-unknown-provider')) return undefined;
    throw error;
  }
}
