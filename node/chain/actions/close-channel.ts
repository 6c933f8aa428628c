import { type TransactionReceipt, parseSignature, signatureToCompactSignature } from 'viem';

import type { Hex, Voucher } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { retrievalChannelsAbi } from '../abi/retrieval-channels.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface CloseChannelParameters {
  /** The last word: what its client pays in all. */
  voucher: Voucher;
  /** The consent of the provider's node key, over this voucher; holds until `deadline`, unix seconds. */
  closing: { deadline: bigint; signature: Hex };
}

/** Ends a channel at once, its client sending and its provider agreeing; what is left goes back to its client. */
export async function closeChannel(
  sender: Sender,
  { voucher, closing }: CloseChannelParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const { r, yParityAndS } = signatureToCompactSignature(parseSignature(closing.signature));
  const call = contractCall(`close channel ${voucher.channel}`, {
    address: sender.view.deployment.contracts.retrievalChannels,
    abi: retrievalChannelsAbi,
    functionName: 'closeTogether',
    args: [voucher, closing.deadline, r, yParityAndS],
  });
  return sender.send(call, options);
}
