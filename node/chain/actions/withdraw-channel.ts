import type { TransactionReceipt } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { retrievalChannelsAbi } from '../abi/retrieval-channels.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

/** Ends a channel that takes no vouchers any more: what is left goes back to its client. Anybody may. */
export async function withdrawChannel(
  sender: Sender,
  { channel }: { channel: bigint },
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`take back what is left behind channel ${channel}`, {
    address: sender.view.deployment.contracts.retrievalChannels,
    abi: retrievalChannelsAbi,
    functionName: 'withdraw',
    args: [channel],
  });
  return sender.send(call, options);
}
