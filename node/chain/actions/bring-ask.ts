import type { TransactionReceipt } from 'viem';

import type { SignedOffer } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

/** Puts an ask into the book that its provider signed off the chain. Anyone, once. */
export async function bringAsk(
  sender: Sender,
  { signed, signature }: SignedOffer,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`bring a signed ask of provider ${signed.ask.provider} to the book`, {
    address: sender.view.deployment.contracts.orderBook,
    abi: orderBookAbi,
    functionName: 'bringAsk',
    args: [signed, signature],
  });
  return sender.send(call, options);
}
