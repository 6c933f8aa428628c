import { zeroAddress } from 'viem';

import { channelName, type ReplayedChannel } from '../replay/channels.ts';
import type { MarketReplay } from '../replay/market-replay.ts';
import type { Check, StateReader } from './reader.ts';

const NO_CHANNEL: ReplayedChannel = {
  client: zeroAddress,
  provider: 0,
  deposit: 0n,
  redeemed: 0n,
  expiry: 0,
  closesAt: 0,
};

/** Every channel that was ever opened: those that are over are gone. */
export function* channelChecks({ accounts, channels, registry }: MarketReplay, reader: StateReader): Generator<Check> {
  yield {
    subject: 'the channels',
    replayed: { channels: channels.count },
    read: async () => ({ channels: await reader.market('retrievalChannels', 'channelCount', []) }),
  };
  const { retrievalChannels } = reader.view.deployment.contracts;
  yield {
    subject: 'the burns of channels',
    replayed: { waiting: channels.burning },
    read: async () => ({ waiting: await reader.market('escrow', 'burningOf', [retrievalChannels]) }),
  };
  for (let number = 1n; number <= channels.count; number += 1n) {
    const channel = channels.get(number);
    const accountOf = (owner: string): number => accounts.numberOf(owner) ?? 0;
    yield {
      subject: channelName(number),
      replayed: {
        ...(channel ?? NO_CHANNEL),
        clientAccount: channel === undefined ? 0 : accountOf(channel.client),
        operatorAccount: channel === undefined ? 0 : accountOf(registry.operatorOf(channel.provider).owner),
      },
      read: async () => reader.market('retrievalChannels', 'channels', [number]),
    };
  }
}
