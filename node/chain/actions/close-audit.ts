import { type TransactionReceipt, parseEventLogs } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { auditsAbi } from '../abi/audits.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

/**
 * Closes an audit that was not answered in time, and its agreement as failed with it; or one whose agreement is over (`voided`). Either
 * way the bond comes back. Anybody may.
 */
export async function closeAudit(
  sender: Sender,
  { audit }: { audit: bigint },
  options: CallOptions = {},
): Promise<{ outcome: 'failed' | 'voided'; receipt: TransactionReceipt }> {
  const call = contractCall(`close audit ${audit}`, {
    address: sender.view.deployment.contracts.audits,
    abi: auditsAbi,
    functionName: 'close',
    args: [audit],
  });
  const receipt = await sender.send(call, options);
  const failed = parseEventLogs({ abi: auditsAbi, eventName: 'AuditFailed', logs: receipt.logs });
  return { outcome: failed.length > 0 ? 'failed' : 'voided', receipt };
}
