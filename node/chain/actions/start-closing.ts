import type { TransactionReceipt } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { retrievalChannelsAbi } from '../abi/retrieval-channels.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

/** Closes a channel from its client's side: its provider has the dispute window to show its last voucher, then `withdrawChannel` gives the rest back. */
export async function startClosing(
  sender: Sender,
  { channel }: { channel: bigint },
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`start to close channel ${channel}`, {
    address: sender.view.deployment.contracts.retrievalChannels,
    abi: retrievalChannelsAbi,
    functionName: 'startClose',
    args: [channel],
  });
  return sender.send(call, options);
}
