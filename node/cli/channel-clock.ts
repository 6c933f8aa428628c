import { readChainTime } from '../chain/actions/read-chain-time.ts';
import type { ChannelRow } from '../chain/market-index.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import { type ChannelPhase, channelPhase, closesAtOf } from '../market/channel.ts';

/** Where channels stand, by the chain's clock. */
export interface ChannelClock {
  /** Seconds that a provider has once the client starts to close. */
  disputeSeconds: number;
  phaseOf: (row: ChannelRow) => ChannelPhase;
  /** Unix seconds from which it takes no vouchers. */
  closesAtOf: (row: ChannelRow) => number;
}

export async function readChannelClock(
  { market }: Pick<ClientSession, 'market'>,
  options: { signal: AbortSignal },
): Promise<ChannelClock> {
  const { disputeSeconds } = market.parameters.channels;
  const { seconds } = await readChainTime(market.chain, options);
  return {
    disputeSeconds,
    phaseOf: (row) => channelPhase(row, seconds, disputeSeconds),
    closesAtOf: (row) => closesAtOf(row, disputeSeconds),
  };
}
