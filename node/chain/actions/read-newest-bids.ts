import { zeroAddress } from 'viem';

import type { Bid } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';
import { readBidCount } from './read-bid-count.ts';

export interface PostedBid {
  bidId: bigint;
  bid: Bid;
}

/** Of the newest `max` bids, at most 500, those that are not over; expired ones too. */
export async function readNewestBids(
  view: ChainView,
  { max }: { max: number },
  options: CallOptions = {},
): Promise<PostedBid[]> {
  const { orderBook: address } = view.deployment.contracts;
  const count = await readBidCount(view, options);
  const from = count > BigInt(max) ? count - BigInt(max) + 1n : 1n;
  const call = { address, abi: orderBookAbi, functionName: 'bidsPage', args: [from, BigInt(max)] } as const;
  const page = await readContract(view, `read bids from ${from}`, call, options);
  return page.flatMap((bid, place) =>
    // Those that are over come as all zero, so that the place in the page always gives the number.
    bid.client === zeroAddress ? [] : [{ bidId: from + BigInt(place), bid }],
  );
}
