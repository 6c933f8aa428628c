import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** How many bids were ever posted; it is the number of the newest. */
export async function readBidCount(view: ChainView, options: CallOptions = {}): Promise<bigint> {
  const { orderBook: address } = view.deployment.contracts;
  return readContract(view, 'count the bids', { address, abi: orderBookAbi, functionName: 'bidCount' }, options);
}
