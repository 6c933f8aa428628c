import type { CallOptions } from '../abortable.ts';
import { demandsAbi } from '../abi/demands.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** What demanding a unit costs, and how long it takes. */
export interface DemandTerms {
  /** Token wei that a client locks for each unit. */
  bond: bigint;
  /** Blocks that a provider has for its answer. */
  windowBlocks: bigint;
  /** Demands and audits of one agreement that may be open at a time. */
  maxOpen: bigint;
}

/** They never change during a deployment's life. */
export async function readDemandTerms(view: ChainView, options: CallOptions = {}): Promise<DemandTerms> {
  const demands = { address: view.deployment.contracts.demands, abi: demandsAbi } as const;
  const doing = 'read the terms of demands';
  const [bond, windowBlocks, maxOpen] = await Promise.all([
    readContract(view, doing, { ...demands, functionName: 'bond' }, options),
    readContract(view, doing, { ...demands, functionName: 'windowBlocks' }, options),
    readContract(view, doing, { ...demands, functionName: 'maxOpen' }, options),
  ]);
  return { bond, windowBlocks, maxOpen };
}
