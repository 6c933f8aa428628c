import type { CallOptions } from '../abortable.ts';
import { auditsAbi } from '../abi/audits.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';
import type { AuditState } from '../records.ts';

/** The state of an audit; all zero when there is none of that number. */
export async function readAudit(view: ChainView, audit: bigint, options: CallOptions = {}): Promise<AuditState> {
  return readContract(
    view,
    `read audit ${audit}`,
    { address: view.deployment.contracts.audits, abi: auditsAbi, functionName: 'audits', args: [audit] },
    options,
  );
}
