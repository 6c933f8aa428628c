import type { TransactionReceipt } from 'viem';

import { formatTokens } from '../../market/money.ts';
import type { CallOptions } from '../abortable.ts';
import { retrievalChannelsAbi } from '../abi/retrieval-channels.ts';
import { contractCall } from '../contract-call.ts';
import type { DrySender } from '../dry-sender.ts';
import type { SigningSender } from '../tx-sender.ts';
import { deposit } from './deposit.ts';
import { openChannel, type OpenChannelParameters, openedBy } from './open-channel.ts';
import { topUpChannel, type TopUpChannelParameters } from './top-up-channel.ts';
import { planFromWallet, requireTokens, signWalletPermit } from './wallet-permit.ts';

/** Opening a channel on a permit, in a token of the usual kind and by a wallet without an escrow account (`snapshots/gas.json`), rounded up. */
const OPEN_GAS = 250_000n;
/** Topping one up; the same applies. */
const TOP_UP_GAS = 200_000n;

/** What goes from the sender's wallet into its escrow account first. */
export interface FromWallet {
  /** Token wei; at most the amount behind the channel, the rest of which the account holds already. */
  fromWallet: bigint;
}

/**
 * Opens a channel out of the sender's wallet, and of its escrow account where that is to give a part: in one transaction where the wallet can sign a permit, else
 * after a deposit. Throws `wallet-short` before anything is sent.
 */
export async function openChannelFromWallet(
  sender: SigningSender,
  { fromWallet, ...wanted }: Omit<OpenChannelParameters, 'client'> & FromWallet,
  options: CallOptions = {},
): Promise<{ channel: bigint; receipt: TransactionReceipt }> {
  const { provider, amount, expiry } = wanted;
  const doing = openingOf(wanted);
  await requireTokens(sender, fromWallet, doing, options);
  const signed = await signWalletPermit(sender, fromWallet, options);
  if (signed === undefined) {
    await deposit(sender, { amount: fromWallet }, options);
    return openChannel(sender, wanted, options);
  }
  const channels = { address: sender.view.deployment.contracts.retrievalChannels, abi: retrievalChannelsAbi } as const;
  const call =
    signed.kind === 'permit'
      ? contractCall(doing, {
          ...channels,
          functionName: 'openWithPermit',
          args: [provider, amount, expiry, signed.permit],
        })
      : contractCall(doing, {
          ...channels,
          functionName: 'openWithPermit2',
          args: [provider, amount, expiry, signed.permit],
        });
  return openedBy(await sender.send(call, options));
}

/** As `openChannelFromWallet`, for a channel that is there and its client's. */
export async function topUpChannelFromWallet(
  sender: SigningSender,
  { fromWallet, ...wanted }: TopUpChannelParameters & FromWallet,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const { channel, amount, expiry } = wanted;
  const doing = toppingUpOf(wanted);
  await requireTokens(sender, fromWallet, doing, options);
  const signed = await signWalletPermit(sender, fromWallet, options);
  if (signed === undefined) {
    await deposit(sender, { amount: fromWallet }, options);
    return topUpChannel(sender, wanted, options);
  }
  const channels = { address: sender.view.deployment.contracts.retrievalChannels, abi: retrievalChannelsAbi } as const;
  const call =
    signed.kind === 'permit'
      ? contractCall(doing, {
          ...channels,
          functionName: 'topUpWithPermit',
          args: [channel, amount, expiry, signed.permit],
        })
      : contractCall(doing, {
          ...channels,
          functionName: 'topUpWithPermit2',
          args: [channel, amount, expiry, signed.permit],
        });
  return sender.send(call, options);
}

/** Plans what `openChannelFromWallet` would send; an approval stands for itself, and its deposit is part of what is assumed. */
export async function planOpenFromWallet(
  sender: DrySender,
  { fromWallet, ...wanted }: Omit<OpenChannelParameters, 'client'> & FromWallet,
  options: CallOptions = {},
): Promise<void> {
  const to = sender.view.deployment.contracts.retrievalChannels;
  await planFromWallet(sender, { doing: openingOf(wanted), amount: fromWallet, to, gas: OPEN_GAS }, options);
}

/** Plans what `topUpChannelFromWallet` would send; as `planOpenFromWallet`. */
export async function planTopUpFromWallet(
  sender: DrySender,
  { fromWallet, ...wanted }: TopUpChannelParameters & FromWallet,
  options: CallOptions = {},
): Promise<void> {
  const to = sender.view.deployment.contracts.retrievalChannels;
  await planFromWallet(sender, { doing: toppingUpOf(wanted), amount: fromWallet, to, gas: TOP_UP_GAS }, options);
}

function openingOf({ amount, provider }: Pick<OpenChannelParameters, 'amount' | 'provider'>): string {
  return `open a channel of ${formatTokens(amount)} to provider ${provider}`;
}

function toppingUpOf({ amount, channel }: Pick<TopUpChannelParameters, 'amount' | 'channel'>): string {
  return `put ${formatTokens(amount)} behind channel ${channel}`;
}
