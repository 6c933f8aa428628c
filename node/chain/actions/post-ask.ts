import { type TransactionReceipt, parseEventLogs } from 'viem';

import { assert } from '../../core/assert.ts';
import type { Ask } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

/** Posts an ask. Operator or node key of its provider. */
export async function postAsk(
  sender: Sender,
  parameters: { ask: Ask },
  options: CallOptions = {},
): Promise<{ askId: bigint; receipt: TransactionReceipt }> {
  const { ask } = parameters;
  const call = contractCall(`post an ask for provider ${ask.provider}`, {
    address: sender.view.deployment.contracts.orderBook,
    abi: orderBookAbi,
    functionName: 'postAsk',
    args: [ask],
  });
  const receipt = await sender.send(call, options);
  const [posted] = parseEventLogs({ abi: orderBookAbi, eventName: 'AskPosted', logs: receipt.logs });
  assert(posted !== undefined, 'a posted ask has its event');
  return { askId: posted.args.askId, receipt };
}
