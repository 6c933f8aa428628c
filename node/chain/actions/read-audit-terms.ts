import type { CallOptions } from '../abortable.ts';
import { auditsAbi } from '../abi/audits.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** What an audit costs whom, and how long it takes. */
export interface AuditTerms {
  /** Token wei that a challenger locks. */
  bond: bigint;
  /** Share of an answered audit's bond that is burned, in 1/10,000. */
  burnBps: bigint;
  /** Blocks that a provider has for its answer. */
  windowBlocks: bigint;
}

/** They never change during a deployment's life. */
export async function readAuditTerms(view: ChainView, options: CallOptions = {}): Promise<AuditTerms> {
  const audits = { address: view.deployment.contracts.audits, abi: auditsAbi } as const;
  const doing = 'read the terms of audits';
  const [bond, burnBps, windowBlocks] = await Promise.all([
    readContract(view, doing, { ...audits, functionName: 'bond' }, options),
    readContract(view, doing, { ...audits, functionName: 'burnBps' }, options),
    readContract(view, doing, { ...audits, functionName: 'windowBlocks' }, options),
  ]);
  return { bond, burnBps, windowBlocks };
}
