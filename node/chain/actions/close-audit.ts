import { type TransactionReceipt, parseEventLogs } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { auditsAbi } from '../abi/audits.ts';
import type { ChainView } from '../client.ts';
import { type ContractCall, contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

/** What `closeAudit` sends. */
export function closeAuditCall(view: ChainView, { audit }: { audit: bigint }): ContractCall {
  return contractCall(`close audit ${audit}`, {
    address: view.deployment.contracts.audits,
    abi: auditsAbi,
    functionName: 'close',
    args: [audit],
  });
}

/**
 * Closes an audit that was not answered in time, and its agreement as failed with it; or one whose agreement is over (`voided`). Either
 * way the bond comes back. Anybody may.
 */
export async function closeAudit(
  sender: Sender,
  { audit }: { audit: bigint },
  options: CallOptions = {},
): Promise<{ outcome: 'failed' | 'voided'; receipt: TransactionReceipt }> {
  const receipt = await sender.send(closeAuditCall(sender.view, { audit }), options);
  const failed = parseEventLogs({ abi: auditsAbi, eventName: 'AuditFailed', logs: receipt.logs });
  return { outcome: failed.length > 0 ? 'failed' : 'voided', receipt };
}
