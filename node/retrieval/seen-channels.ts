import type { ChannelLife } from '../market/channel.ts';
import type { Address } from '../market/messages.ts';

/** A channel to this provider, as it was last seen on the chain. Money in token wei. */
export interface SeenChannel extends ChannelLife {
  readonly client: Address;
  readonly deposit: bigint;
  /** What was paid out of it. */
  readonly redeemed: bigint;
}

/** The channels to this provider. */
export interface SeenChannels {
  /** Undefined for one that is closed, or to somebody else. */
  find(channel: bigint): SeenChannel | undefined;
  /** Takes over what happened on chain meanwhile. Calls at the same time share one look. */
  sync(signal?: AbortSignal): Promise<void>;
}

/** A channel that is not closed; the chain is asked only about one that was not seen so far. Undefined when there is none. */
export async function findOrLook(
  channels: SeenChannels,
  channel: bigint,
  signal?: AbortSignal,
): Promise<SeenChannel | undefined> {
  const known = channels.find(channel);
  if (known !== undefined) return known;
  await channels.sync(signal);
  return channels.find(channel);
}
