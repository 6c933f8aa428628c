import { type TransactionReceipt, parseEventLogs } from 'viem';

import { assert } from '../../core/assert.ts';
import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import type { ChainView } from '../client.ts';
import { type ContractCall, contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface EndedBid {
  /** Token wei that are the client's again. */
  refunded: bigint;
  receipt: TransactionReceipt;
}

type Ending = 'cancel' | 'close';

/** What `cancelBid` and `closeBid` send. */
export function endBidCall(view: ChainView, { how, bidId }: { how: Ending; bidId: bigint }): ContractCall {
  return contractCall(`${how} bid ${bidId}`, {
    address: view.deployment.contracts.orderBook,
    abi: orderBookAbi,
    functionName: how === 'cancel' ? 'cancelBid' : 'closeBid',
    args: [bidId],
  });
}

/** Withdraws a bid of the sender: what is behind it is the sender's again. */
export async function cancelBid(
  sender: Sender,
  parameters: { bidId: bigint },
  options: CallOptions = {},
): Promise<EndedBid> {
  return end(sender, 'cancel', parameters.bidId, options);
}

/** Closes a bid that has expired, as if its client did. Anyone. */
export async function closeBid(
  sender: Sender,
  parameters: { bidId: bigint },
  options: CallOptions = {},
): Promise<EndedBid> {
  return end(sender, 'close', parameters.bidId, options);
}

async function end(sender: Sender, how: Ending, bidId: bigint, options: CallOptions): Promise<EndedBid> {
  const receipt = await sender.send(endBidCall(sender.view, { how, bidId }), options);
  const [closed] = parseEventLogs({ abi: orderBookAbi, eventName: 'BidClosed', logs: receipt.logs });
  assert(closed !== undefined, 'a bid that ended has its event');
  return { refunded: closed.args.refunded, receipt };
}
