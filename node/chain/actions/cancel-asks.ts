import type { TransactionReceipt } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface CancelAsksParameters {
  provider: number;
  askIds: readonly bigint[];
}

/** Withdraws asks of one provider. Operator or node key. */
export async function cancelAsks(
  sender: Sender,
  parameters: CancelAsksParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`cancel the asks ${parameters.askIds.join(', ')} of provider ${parameters.provider}`, {
    address: sender.view.deployment.contracts.orderBook,
    abi: orderBookAbi,
    functionName: 'cancelAsks',
    args: [parameters.provider, parameters.askIds],
  });
  return sender.send(call, options);
}
