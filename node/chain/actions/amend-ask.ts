import type { TransactionReceipt } from 'viem';

import type { Ask } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface AmendAskParameters {
  askId: bigint;
  ask: Ask;
}

/** Replaces the terms of an ask and what is left of it; its id stays. Operator or node key. */
export async function amendAsk(
  sender: Sender,
  parameters: AmendAskParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`amend ask ${parameters.askId}`, {
    address: sender.view.deployment.contracts.orderBook,
    abi: orderBookAbi,
    functionName: 'amendAsk',
    args: [parameters.askId, parameters.ask],
  });
  return sender.send(call, options);
}
