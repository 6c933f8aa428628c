import { type TransactionReceipt, parseEventLogs } from 'viem';

import { assert } from '../../core/assert.ts';
import type { BidTerms } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import type { ChainView } from '../client.ts';
import { type ContractCall, contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface PostedBid {
  bidId: bigint;
  /** Token wei that are locked behind each shard. */
  reserved: bigint;
  receipt: TransactionReceipt;
}

/** What `postBid` sends. */
export function postBidCall(view: ChainView, { terms }: { terms: BidTerms }): ContractCall {
  return contractCall(`post a bid for ${terms.shards} shards`, {
    address: view.deployment.contracts.orderBook,
    abi: orderBookAbi,
    functionName: 'postBid',
    args: [terms],
  });
}

/** Posts a bid of the sender, and locks rent and burn at the ceiling for each shard. */
export async function postBid(
  sender: Sender,
  { terms }: { terms: BidTerms },
  options: CallOptions = {},
): Promise<PostedBid> {
  const receipt = await sender.send(postBidCall(sender.view, { terms }), options);
  const [posted] = parseEventLogs({ abi: orderBookAbi, eventName: 'BidPosted', logs: receipt.logs });
  assert(posted !== undefined, 'a posted bid has its event');
  return { bidId: posted.args.bidId, reserved: posted.args.reserved, receipt };
}
