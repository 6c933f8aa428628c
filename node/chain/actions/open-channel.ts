import { type TransactionReceipt, parseEventLogs } from 'viem';

import { assert } from '../../core/assert.ts';
import type { Address } from '../../market/messages.ts';
import { formatTokens } from '../../market/money.ts';
import type { CallOptions } from '../abortable.ts';
import { retrievalChannelsAbi } from '../abi/retrieval-channels.ts';
import type { ChainView } from '../client.ts';
import { type ContractCall, contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface OpenChannelParameters {
  provider: number;
  /** Token wei. */
  amount: bigint;
  /** Unix seconds from which the channel closes by itself. */
  expiry: number;
  /** Whose escrow account the deposit comes from, and whose vouchers count: the sender's own, or one whose session key it is. Default: the sender's. */
  client?: Address | undefined;
}

/** What `openChannel` sends. */
export function openChannelCall(
  view: ChainView,
  { client, provider, amount, expiry }: OpenChannelParameters & { client: Address },
): ContractCall {
  return contractCall(`open a channel of ${formatTokens(amount)} to provider ${provider}`, {
    address: view.deployment.contracts.retrievalChannels,
    abi: retrievalChannelsAbi,
    functionName: 'open',
    args: [client, provider, amount, expiry],
  });
}

/** Puts tokens of an escrow account behind a channel, over which reads of a provider are paid. */
export async function openChannel(
  sender: Sender,
  { client = sender.address, ...parameters }: OpenChannelParameters,
  options: CallOptions = {},
): Promise<{ channel: bigint; receipt: TransactionReceipt }> {
  return openedBy(await sender.send(openChannelCall(sender.view, { ...parameters, client }), options));
}

/** The channel that a transaction opened. */
export function openedBy(receipt: TransactionReceipt): { channel: bigint; receipt: TransactionReceipt } {
  const [opened] = parseEventLogs({ abi: retrievalChannelsAbi, eventName: 'ChannelOpened', logs: receipt.logs });
  assert(opened !== undefined, 'every opened channel has its event');
  return { channel: opened.args.channel, receipt };
}
