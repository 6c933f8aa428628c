import { type Channel } from '../../market/channels.ts';
import { ZERO_ADDRESS } from '../../market/types.ts';
import type { Comparison } from './differences.ts';

const ENDED: Channel = {
  client: ZERO_ADDRESS,
  provider: 0,
  clientAccount: 0,
  operatorAccount: 0,
  deposit: 0n,
  redeemed: 0n,
  expiry: 0,
  closesAt: 0,
};

/** Channels, and that what is locked for them is what was not paid, and what waits to be burned. */
export const compareChannels: Comparison = async ({ chain, market, samples }, differences, everything) => {
  const { accounts, channels } = market;
  differences.same('channels', await chain.view('retrievalChannels', 'channelCount'), channels.count);
  for (let number = 1n; number <= channels.count; number += 1n) {
    const channel = channels.peek(number);
    if (channel === undefined && !everything && !samples.chance(0.1)) continue;
    const name = `channel ${number}`;
    differences.sameFields(name, await chain.view('retrievalChannels', 'channels', number), {
      ...(channel ?? ENDED),
    });
    const closesAt = channel === undefined ? 0 : channels.closesAt(channel);
    differences.same(`${name} closes at`, await chain.view('retrievalChannels', 'closesAtOf', number), closesAt);
  }
  const address = chain.address('retrievalChannels');
  differences.same('what waits to be burned', await chain.view('escrow', 'burningOf', address), channels.burning);
  const unpaid = channels.all().reduce((sum, [, c]) => sum + c.deposit - channels.paidOf(c.redeemed), 0n);
  differences.same('behind channels', accounts.lockedBy('retrievalChannels'), unpaid + channels.burning);
};
