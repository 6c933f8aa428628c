import type { TransactionReceipt } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface CancelAskParameters {
  askId: bigint;
}

/** Withdraws an ask. Operator or node key. */
export async function cancelAsk(
  sender: Sender,
  parameters: CancelAskParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`cancel ask ${parameters.askId}`, {
    address: sender.view.deployment.contracts.orderBook,
    abi: orderBookAbi,
    functionName: 'cancelAsks',
    args: [parameters.askId],
  });
  return sender.send(call, options);
}
