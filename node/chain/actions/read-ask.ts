import type { Ask } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** An ask; all zero when it does not exist. */
export async function readAsk(view: ChainView, askId: bigint, options: CallOptions = {}): Promise<Ask> {
  return readContract(
    view,
    `read ask ${askId}`,
    {
      address: view.deployment.contracts.orderBook,
      abi: orderBookAbi,
      functionName: 'asks',
      args: [askId],
    },
    options,
  );
}
