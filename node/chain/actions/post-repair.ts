import type { TransactionReceipt } from 'viem';

import { formatAgreementId } from '../../market/agreement-id.ts';
import type { Address, AgreementId, Hex } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { repairsAbi } from '../abi/repairs.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface PostRepairParameters {
  /** The failed agreement. */
  lost: AgreementId;
  client: Address;
  objectKey: Hex;
}

/** Posts a bid for the shard of a failed agreement, out of the escrow account of its client, who allowed that. Anyone, once. */
export async function postRepair(
  sender: Sender,
  { lost, client, objectKey }: PostRepairParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`post a bid for the shard of agreement ${formatAgreementId(lost)}`, {
    address: sender.view.deployment.contracts.repairs,
    abi: repairsAbi,
    functionName: 'post',
    args: [lost, client, objectKey],
  });
  return sender.send(call, options);
}
