import { StowError } from '../../core/errors.ts';
import type { Hex } from '../../market/messages.ts';
import { type CallOptions, abortable } from '../abortable.ts';
import { nodeRegistryAbi } from '../abi/node-registry.ts';
import type { ChainView } from '../client.ts';
import { toChainError } from '../errors.ts';

/**
 * Public node key of a provider, x || y, which only the event of its registration tells.
 * @param registeredAt block of the registration
 * @throws StowError `chain-incomplete` when the endpoint does not show the event
 */
export async function readPeerKey(
  view: ChainView,
  { provider, registeredAt }: { provider: number; registeredAt: number },
  options: CallOptions = {},
): Promise<Hex> {
  const block = BigInt(registeredAt);
  const events = view.client.getContractEvents({
    address: view.deployment.contracts.nodeRegistry,
    abi: nodeRegistryAbi,
    eventName: 'ProviderRegistered',
    args: { provider },
    fromBlock: block,
    toBlock: block,
    strict: true,
  });
  let key: Hex | undefined;
  try {
    key = (await abortable(events, options.signal))[0]?.args.nodePublicKey;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toChainError(error, `read the registration of provider ${provider}`);
  }
  if (key !== undefined) return key;
  throw new StowError({
    code: 'chain-incomplete',
    message: `the chain's endpoint does not show the registration of provider ${provider} in block ${registeredAt}`,
    hint: 'connect to an endpoint that keeps all logs (chain.rpc-url)',
    retryable: true,
  });
}
