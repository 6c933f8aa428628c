import type { CallOptions } from '../abortable.ts';
import { auditsAbi } from '../abi/audits.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Leaves that an audit asks for, by index in the shard, in order. Empty when its opening block is the newest, or its agreement is over. */
export async function readAuditLeaves(
  view: ChainView,
  audit: bigint,
  options: CallOptions = {},
): Promise<readonly bigint[]> {
  return readContract(
    view,
    `read the leaves of audit ${audit}`,
    { address: view.deployment.contracts.audits, abi: auditsAbi, functionName: 'leavesOf', args: [audit] },
    options,
  );
}
