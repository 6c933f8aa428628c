import { type TransactionReceipt, parseEventLogs } from 'viem';

import { assert } from '../../core/assert.ts';
import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import type { ChainView } from '../client.ts';
import { type ContractCall, contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

/** What `startSeries` sends. */
export function startSeriesCall(view: ChainView, { provider }: { provider: number }): ContractCall {
  return contractCall(`void the signed asks of provider ${provider}`, {
    address: view.deployment.contracts.orderBook,
    abi: orderBookAbi,
    functionName: 'startSeries',
    args: [provider],
  });
}

/** Voids every ask that a provider signed so far and that nobody brought. Operator or node key. */
export async function startSeries(
  sender: Sender,
  parameters: { provider: number },
  options: CallOptions = {},
): Promise<{ series: number; receipt: TransactionReceipt }> {
  const receipt = await sender.send(startSeriesCall(sender.view, parameters), options);
  const [started] = parseEventLogs({ abi: orderBookAbi, eventName: 'SeriesStarted', logs: receipt.logs });
  assert(started !== undefined, 'a started series has its event');
  return { series: started.args.series, receipt };
}
