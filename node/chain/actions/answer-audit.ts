import type { TransactionReceipt } from 'viem';

import { to0x } from '../../core/bytes.ts';
import type { CallOptions } from '../abortable.ts';
import { auditsAbi } from '../abi/audits.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface AnswerAuditParameters {
  audit: bigint;
  /** The leaves of `readAuditLeaves`, in order, with what their paths do not share: see `joinPaths`. */
  proof: Uint8Array;
}

/** Shows the leaves that an audit asks for. The bond goes to the provider's operator, whoever submits. */
export async function answerAudit(
  sender: Sender,
  { audit, proof }: AnswerAuditParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`answer audit ${audit}`, {
    address: sender.view.deployment.contracts.audits,
    abi: auditsAbi,
    functionName: 'answer',
    args: [audit, to0x(proof)],
  });
  return sender.send(call, options);
}
