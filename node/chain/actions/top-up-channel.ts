import type { TransactionReceipt } from 'viem';

import { formatTokens } from '../../market/money.ts';
import type { CallOptions } from '../abortable.ts';
import { retrievalChannelsAbi } from '../abi/retrieval-channels.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface TopUpChannelParameters {
  channel: bigint;
  /** Token wei more; 0 for a longer life alone. */
  amount: bigint;
  /** Unix seconds; not before the present one. */
  expiry: number;
}

/** Puts more behind a channel, and lets it live longer. Its client or a session key of it may. */
export async function topUpChannel(
  sender: Sender,
  { channel, amount, expiry }: TopUpChannelParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const doing =
    amount === 0n ? `let channel ${channel} live longer` : `put ${formatTokens(amount)} behind channel ${channel}`;
  const call = contractCall(doing, {
    address: sender.view.deployment.contracts.retrievalChannels,
    abi: retrievalChannelsAbi,
    functionName: 'topUp',
    args: [channel, amount, expiry],
  });
  return sender.send(call, options);
}
