import type { TransactionReceipt } from 'viem';

import type { AgreementId } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { reputationAbi } from '../abi/reputation.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

/** Counts the clients of agreements among their providers' distinct ones, for this half-life and the next. Anybody may. */
export async function countClients(
  sender: Sender,
  { ids }: { ids: readonly AgreementId[] },
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`count the clients of ${ids.length} agreements`, {
    address: sender.view.deployment.contracts.reputation,
    abi: reputationAbi,
    functionName: 'countClients',
    args: [ids],
  });
  return sender.send(call, options);
}
