import type { TransactionReceipt } from 'viem';

import type { Address } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { escrowAbi } from '../abi/escrow.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

/** Ends a session key of the sender at once. */
export async function revokeSession(
  sender: Sender,
  { key }: { key: Address },
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`revoke the session of ${key}`, {
    address: sender.view.deployment.contracts.escrow,
    abi: escrowAbi,
    functionName: 'revokeSession',
    args: [key],
  });
  return sender.send(call, options);
}
