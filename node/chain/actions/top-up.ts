import type { TransactionReceipt } from 'viem';

import { formatAgreementId } from '../../market/agreement-id.ts';
import type { Address, AgreementId } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { agreementsAbi } from '../abi/agreements.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface TopUpParameters {
  id: AgreementId;
  /** Periods added to the term. */
  periods: number;
  /** Whose escrow account pays: the sender's own, or one whose session key the sender is. Default: the sender's. */
  payer?: Address;
  /** A live ask of the agreement's provider whose conditions hold: its consent. */
  askId: bigint;
}

/** Makes an agreement's term longer, at its own price, out of an escrow account. Anybody may; what comes back is the client's. */
export async function topUp(
  sender: Sender,
  { id, periods, payer, askId }: TopUpParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`extend agreement ${formatAgreementId(id)} by ${periods} periods`, {
    address: sender.view.deployment.contracts.agreements,
    abi: agreementsAbi,
    functionName: 'topUp',
    args: [id, payer ?? sender.address, periods, askId],
  });
  return sender.send(call, options);
}
