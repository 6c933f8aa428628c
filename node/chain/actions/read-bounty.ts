import type { CallOptions } from '../abortable.ts';
import { repairsAbi } from '../abi/repairs.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** How bids for lost shards are posted. Constants of a deployment. */
export interface Bounty {
  /** Share of the client's compensation that a bid may pay out again, 1/10,000. */
  bountyBps: bigint;
  /** In which the price climbs to its ceiling. */
  climbSeconds: number;
  /** After which an unanswered bid can be closed. */
  windowSeconds: number;
}

/** They never change during a deployment's life: read them once. */
export async function readBounty(view: ChainView, options: CallOptions = {}): Promise<Bounty> {
  const repairs = { address: view.deployment.contracts.repairs, abi: repairsAbi } as const;
  const doing = 'read how repairs are paid';
  const [bountyBps, climb, window] = await Promise.all([
    readContract(view, doing, { ...repairs, functionName: 'bountyBps' }, options),
    readContract(view, doing, { ...repairs, functionName: 'climbSeconds' }, options),
    readContract(view, doing, { ...repairs, functionName: 'windowSeconds' }, options),
  ]);
  return { bountyBps, climbSeconds: Number(climb), windowSeconds: Number(window) };
}
