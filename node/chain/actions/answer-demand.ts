import type { TransactionReceipt } from 'viem';

import { to0x } from '../../core/bytes.ts';
import type { CallOptions } from '../abortable.ts';
import { demandsAbi } from '../abi/demands.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface AnswerDemandParameters {
  demand: bigint;
  /** The unit's bytes, and the siblings of its root from the bottom up. */
  opening: Uint8Array;
}

/** Shows a unit that was demanded. The bond goes to the provider's operator, whoever submits. */
export async function answerDemand(
  sender: Sender,
  { demand, opening }: AnswerDemandParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`answer demand ${demand}`, {
    address: sender.view.deployment.contracts.demands,
    abi: demandsAbi,
    functionName: 'answer',
    args: [demand, to0x(opening)],
  });
  return sender.send(call, options);
}
