import type { TransactionReceipt } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { agreementsAbi } from '../abi/agreements.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface RevokeNoncesParameters {
  word: bigint;
  mask: bigint;
}

/** Makes signed but unformed agreements of the sender worthless: bit i of the mask stands for nonce 256 word + i. */
export async function revokeNonces(
  sender: Sender,
  parameters: RevokeNoncesParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`revoke the nonces of word ${parameters.word}`, {
    address: sender.view.deployment.contracts.agreements,
    abi: agreementsAbi,
    functionName: 'revokeNonces',
    args: [parameters.word, parameters.mask],
  });
  return sender.send(call, options);
}
