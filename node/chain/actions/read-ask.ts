import type { Ask } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

export interface ReadAskOptions extends CallOptions {
  /** As it stood at the end of this block, which the endpoint has to remember; the newest when undefined. */
  block?: bigint | undefined;
}

/** An ask; all zero when it does not exist. */
export async function readAsk(
  view: ChainView,
  askId: bigint,
  { block, ...options }: ReadAskOptions = {},
): Promise<Ask> {
  return readContract(
    view,
    `read ask ${askId}`,
    {
      address: view.deployment.contracts.orderBook,
      abi: orderBookAbi,
      functionName: 'asks',
      args: [askId],
      ...(block === undefined ? {} : { blockNumber: block }),
    },
    options,
  );
}
