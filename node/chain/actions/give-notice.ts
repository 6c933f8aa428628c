import type { TransactionReceipt } from 'viem';

import { formatAgreementId } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { agreementsAbi } from '../abi/agreements.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface GiveNoticeParameters {
  id: AgreementId;
}

/** Shortens an agreement to the market's notice from now; what was locked for later periods goes back. Client only. */
export async function giveNotice(
  sender: Sender,
  parameters: GiveNoticeParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`give notice of agreement ${formatAgreementId(parameters.id)}`, {
    address: sender.view.deployment.contracts.agreements,
    abi: agreementsAbi,
    functionName: 'giveNotice',
    args: [parameters.id],
  });
  return sender.send(call, options);
}
