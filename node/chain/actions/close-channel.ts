import type { TransactionReceipt } from 'viem';

import type { Hex, Voucher } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { retrievalChannelsAbi } from '../abi/retrieval-channels.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface CloseChannelParameters {
  /** The last word: what its client pays in all. */
  voucher: Voucher;
  /** The client's; need not be one when the client sends it, or when nothing new is paid. */
  clientSignature?: Hex | undefined;
  /** The provider's consent, over this voucher; holds until `deadline`, unix seconds. */
  closing: { deadline: bigint; signature: Hex };
}

/** Ends a channel at once, its provider agreeing; what is left goes back to its client. */
export async function closeChannel(
  sender: Sender,
  { voucher, clientSignature = '0x', closing }: CloseChannelParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`close channel ${voucher.channel}`, {
    address: sender.view.deployment.contracts.retrievalChannels,
    abi: retrievalChannelsAbi,
    functionName: 'close',
    args: [voucher, clientSignature, closing.deadline, closing.signature],
  });
  return sender.send(call, options);
}
