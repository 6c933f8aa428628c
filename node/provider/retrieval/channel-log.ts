import type { GetContractEventsReturnType } from 'viem';

import { abortable } from '../../chain/abortable.ts';
import { retrievalChannelsAbi } from '../../chain/abi/retrieval-channels.ts';
import type { ChainView } from '../../chain/client.ts';
import { toChainError } from '../../chain/errors.ts';
import type { Address } from '../../market/messages.ts';

/** What the chain's log says about channels in a range of blocks. */
export interface ChannelLog {
  /** Those to this provider. */
  readonly opened: readonly { channel: bigint; client: Address; amount: bigint; expiry: number }[];
  /** What was redeemed in all, of each channel to this provider over which a voucher was redeemed, and of each that both sides ended with one, anybody's. */
  readonly redeemed: ReadonlyMap<bigint, bigint>;
  /** Topped up or being closed, anybody's: these events do not name their provider. */
  readonly changed: ReadonlySet<bigint>;
  /** Closed, anybody's. */
  readonly closed: ReadonlySet<bigint>;
}

/** Reads from the chain's log what happened to the channels to a provider in blocks `from` to `to`. */
export async function readChannelLog(
  view: ChainView,
  provider: number,
  range: { from: bigint; to: bigint },
  signal?: AbortSignal,
): Promise<ChannelLog> {
  const reading = view.client.getContractEvents({
    address: view.deployment.contracts.retrievalChannels,
    abi: retrievalChannelsAbi,
    fromBlock: range.from,
    toBlock: range.to,
    strict: true,
  });
  try {
    return logOf(await abortable(reading, signal), provider);
  } catch (error) {
    signal?.throwIfAborted();
    throw toChainError(error, `read the channels to provider ${provider} from blocks ${range.from} to ${range.to}`);
  }
}

type ChannelEvents = GetContractEventsReturnType<typeof retrievalChannelsAbi, undefined, true>;

function logOf(events: ChannelEvents, provider: number): ChannelLog {
  const opened: ChannelLog['opened'][number][] = [];
  const redeemed = new Map<bigint, bigint>();
  const changed = new Set<bigint>();
  const closed = new Set<bigint>();
  for (const { eventName, args } of events) {
    if (eventName === 'ChannelOpened' && args.provider === provider) opened.push(args);
    if (eventName === 'VoucherRedeemed' && args.provider === provider) redeemed.set(args.channel, args.total);
    if (eventName === 'ChannelToppedUp' || eventName === 'ChannelClosing') changed.add(args.channel);
    if (eventName === 'ChannelSettled') redeemed.set(args.channel, args.total);
    if (eventName === 'ChannelClosed' || eventName === 'ChannelSettled') closed.add(args.channel);
  }
  return { opened, redeemed, changed, closed };
}
