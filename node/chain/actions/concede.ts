import type { TransactionReceipt } from 'viem';

import { formatAgreementId } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { agreementsAbi } from '../abi/agreements.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface ConcedeParameters {
  id: AgreementId;
}

/** The provider admits that it lost a shard: that agreement fails now, and the rest can still be proven. Operator or node key. */
export async function concede(
  sender: Sender,
  parameters: ConcedeParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`concede agreement ${formatAgreementId(parameters.id)}`, {
    address: sender.view.deployment.contracts.agreements,
    abi: agreementsAbi,
    functionName: 'concede',
    args: [parameters.id],
  });
  return sender.send(call, options);
}
