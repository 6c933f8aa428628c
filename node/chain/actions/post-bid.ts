import { type TransactionReceipt, parseEventLogs } from 'viem';

import { assert } from '../../core/assert.ts';
import type { BidTerms } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface PostedBid {
  bidId: bigint;
  /** Token wei that are locked behind each shard. */
  reserved: bigint;
  receipt: TransactionReceipt;
}

/** Posts a bid of the sender, and locks rent and burn at the ceiling for each shard. */
export async function postBid(
  sender: Sender,
  parameters: { terms: BidTerms },
  options: CallOptions = {},
): Promise<PostedBid> {
  const { terms } = parameters;
  const call = contractCall(`post a bid for ${terms.shards} shards`, {
    address: sender.view.deployment.contracts.orderBook,
    abi: orderBookAbi,
    functionName: 'postBid',
    args: [terms],
  });
  const receipt = await sender.send(call, options);
  const [posted] = parseEventLogs({ abi: orderBookAbi, eventName: 'BidPosted', logs: receipt.logs });
  assert(posted !== undefined, 'a posted bid has its event');
  return { bidId: posted.args.bidId, reserved: posted.args.reserved, receipt };
}
