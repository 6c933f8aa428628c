import type { Address } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { agreementsAbi } from '../abi/agreements.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Whether a client has used or revoked a nonce. */
export async function readIsNonceUsed(
  view: ChainView,
  client: Address,
  nonce: bigint,
  options: CallOptions = {},
): Promise<boolean> {
  return readContract(
    view,
    `read whether nonce ${nonce} of ${client} is used`,
    {
      address: view.deployment.contracts.agreements,
      abi: agreementsAbi,
      functionName: 'isNonceUsed',
      args: [client, nonce],
    },
    options,
  );
}
