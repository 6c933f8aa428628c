import { zeroAddress } from 'viem';

import type { Bid } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** A bid as it stands; undefined when it is over or was never posted. */
export async function readBid(view: ChainView, bidId: bigint, options: CallOptions = {}): Promise<Bid | undefined> {
  const bid = await readContract(
    view,
    `read bid ${bidId}`,
    { address: view.deployment.contracts.orderBook, abi: orderBookAbi, functionName: 'bids', args: [bidId] },
    options,
  );
  return bid.client === zeroAddress ? undefined : bid;
}
