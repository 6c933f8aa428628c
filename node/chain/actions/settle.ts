import type { TransactionReceipt } from 'viem';

import type { AgreementId } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { agreementsAbi } from '../abi/agreements.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

/** One settlement writes a handful of slots, well below 100k gas; 100 of them stay inside what one transaction may use (EIP-7825: 16.8M). */
const SETTLE_BATCH = 100;

/** Settles agreements up to the last period that is over, in as many transactions as their number needs. Anybody may. */
export async function settle(
  sender: Sender,
  parameters: { ids: readonly AgreementId[] },
  options: CallOptions = {},
): Promise<TransactionReceipt[]> {
  const receipts: TransactionReceipt[] = [];
  for (let from = 0; from < parameters.ids.length; from += SETTLE_BATCH) {
    const ids = parameters.ids.slice(from, from + SETTLE_BATCH);
    const call = contractCall(`settle ${ids.length} agreements`, {
      address: sender.view.deployment.contracts.agreements,
      abi: agreementsAbi,
      functionName: 'settle',
      args: [ids],
    });
    receipts.push(await sender.send(call, options));
  }
  return receipts;
}
