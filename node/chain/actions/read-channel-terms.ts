import type { CallOptions } from '../abortable.ts';
import { retrievalChannelsAbi } from '../abi/retrieval-channels.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** What holds for all channels. */
export interface ChannelTerms {
  /** Seconds that a provider has to show a later voucher. */
  disputeSeconds: number;
  /** Share of what is redeemed that is burned, in 1/10,000, rounded up. */
  burnBps: bigint;
}

/** They never change during a deployment's life. */
export async function readChannelTerms(view: ChainView, options: CallOptions = {}): Promise<ChannelTerms> {
  const contract = { address: view.deployment.contracts.retrievalChannels, abi: retrievalChannelsAbi } as const;
  const doing = 'read the terms of channels';
  const [disputeSeconds, burnBps] = await Promise.all([
    readContract(view, doing, { ...contract, functionName: 'disputeSeconds' }, options),
    readContract(view, doing, { ...contract, functionName: 'burnBps' }, options),
  ]);
  return { disputeSeconds: Number(disputeSeconds), burnBps };
}
