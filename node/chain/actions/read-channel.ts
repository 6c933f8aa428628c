import { isAddressEqual, zeroAddress } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { retrievalChannelsAbi } from '../abi/retrieval-channels.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';
import type { ChannelState } from '../records.ts';

/** A channel as it stands; undefined when it was never opened, or is closed. */
export async function readChannel(
  view: ChainView,
  channel: bigint,
  options: CallOptions = {},
): Promise<ChannelState | undefined> {
  const state = await readContract(
    view,
    `read channel ${channel}`,
    {
      address: view.deployment.contracts.retrievalChannels,
      abi: retrievalChannelsAbi,
      functionName: 'channels',
      args: [channel],
    },
    options,
  );
  return isAddressEqual(state.client, zeroAddress) ? undefined : state;
}
