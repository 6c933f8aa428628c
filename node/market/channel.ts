/** What decides until when a channel takes vouchers. */
export interface ChannelLife {
  /** Unix seconds from which it closes by itself. */
  readonly expiry: number;
  /** Unix seconds from which it takes none; undefined while its client does not close it. */
  readonly closesAt: number | undefined;
}

/**
 * Where a channel stands. `open`: it takes vouchers. `closing`, `expired`: it still does, for the rest of the dispute window. `over`: its client
 * can have the rest back. `closed`: it got it.
 */
export type ChannelPhase = 'open' | 'closing' | 'expired' | 'over' | 'closed';

/** Unix seconds from which a channel takes no vouchers, as `RetrievalChannels.closesAtOf` has it. */
export function closesAtOf({ expiry, closesAt }: ChannelLife, disputeSeconds: number): number {
  return closesAt ?? expiry + disputeSeconds;
}

/** @param now unix seconds of the chain's clock */
export function channelPhase(
  channel: ChannelLife & { readonly status: 'open' | 'closing' | 'closed' },
  now: number,
  disputeSeconds: number,
): ChannelPhase {
  if (channel.status === 'closed') return 'closed';
  if (now >= closesAtOf(channel, disputeSeconds)) return 'over';
  if (channel.status === 'closing') return 'closing';
  return now >= channel.expiry ? 'expired' : 'open';
}
