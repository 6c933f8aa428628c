import { parseEventLogs } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { demandsAbi } from '../abi/demands.ts';
import type { ChainView } from '../client.ts';
import { type ContractCall, contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

/** What `closeDemand` sends. */
export function closeDemandCall(view: ChainView, { demand }: { demand: bigint }): ContractCall {
  return contractCall(`close demand ${demand}`, {
    address: view.deployment.contracts.demands,
    abi: demandsAbi,
    functionName: 'close',
    args: [demand],
  });
}

/**
 * Closes a demand whose unit was not shown in time, and its agreement as failed with it; or one whose agreement is over (`voided`). Either
 * way the bond comes back. Anybody may.
 */
export async function closeDemand(
  sender: Sender,
  { demand }: { demand: bigint },
  options: CallOptions = {},
): Promise<'failed' | 'voided'> {
  const { logs } = await sender.send(closeDemandCall(sender.view, { demand }), options);
  return parseEventLogs({ abi: demandsAbi, eventName: 'DemandFailed', logs }).length > 0 ? 'failed' : 'voided';
}
