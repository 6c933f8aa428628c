import type { CallOptions } from '../abortable.ts';
import { demandsAbi } from '../abi/demands.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Blocks from a demand to the latest that it may be answered in: a window, or maintenance that begins within it, and a window after that. */
export async function readDemandReach(view: ChainView, options: CallOptions = {}): Promise<bigint> {
  const { demands, possessionProofs } = view.deployment.contracts;
  const doing = 'read how long demands can be answered';
  const proofs = { address: possessionProofs, abi: possessionProofsAbi } as const;
  const [window, periods, blocks] = await Promise.all([
    readContract(view, doing, { address: demands, abi: demandsAbi, functionName: 'windowBlocks' }, options),
    readContract(view, doing, { ...proofs, functionName: 'maintenancePeriods' }, options),
    readContract(view, doing, { ...proofs, functionName: 'periodBlocks' }, options),
  ]);
  return 2n * window + BigInt(periods) * BigInt(blocks);
}
