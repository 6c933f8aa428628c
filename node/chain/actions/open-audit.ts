import { type TransactionReceipt, parseEventLogs } from 'viem';

import { assert } from '../../core/assert.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { Address, AgreementId } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { auditsAbi } from '../abi/audits.ts';
import type { ChainView } from '../client.ts';
import { type ContractCall, contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface OpenAuditParameters {
  id: AgreementId;
  /** Whose escrow account gives the bond: the sender's own, or one whose session key the sender is. Default: the sender's. */
  owner?: Address | undefined;
}

/** An audit that has begun. */
export interface OpenedAudit {
  audit: bigint;
  /** Block whose hash the leaves follow from. */
  openedAt: number;
  /** Last block in which an answer counts. */
  deadline: number;
  /** Token wei that are locked. */
  bond: bigint;
  receipt: TransactionReceipt;
}

/** What `openAudit` sends. */
export function openAuditCall(view: ChainView, { id, owner }: { id: AgreementId; owner: Address }): ContractCall {
  return contractCall(`open an audit of agreement ${formatAgreementId(id)}`, {
    address: view.deployment.contracts.audits,
    abi: auditsAbi,
    functionName: 'openAudit',
    args: [id, owner],
  });
}

/**
 * Asks the provider of a live agreement to show leaves of it, behind a bond. Answered, the provider gets the bond less a burned part;
 * unanswered in time, the agreement fails and the bond comes back. Anybody may.
 */
export async function openAudit(
  sender: Sender,
  { id, owner }: OpenAuditParameters,
  options: CallOptions = {},
): Promise<OpenedAudit> {
  const call = openAuditCall(sender.view, { id, owner: owner ?? sender.address });
  const receipt = await sender.send(call, options);
  const [opened] = parseEventLogs({ abi: auditsAbi, eventName: 'AuditOpened', logs: receipt.logs });
  assert(opened !== undefined, 'every opened audit has its event');
  const { audit, openedAt, deadline, bond } = opened.args;
  return { audit, openedAt, deadline, bond, receipt };
}
