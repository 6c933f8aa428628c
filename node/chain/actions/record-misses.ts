import type { TransactionReceipt } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface RecordMissesParameters {
  provider: number;
}

/** Records the periods that a provider missed and their slashes; the sender earns the report fee. */
export async function recordMisses(
  sender: Sender,
  parameters: RecordMissesParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`record the missed periods of provider ${parameters.provider}`, {
    address: sender.view.deployment.contracts.possessionProofs,
    abi: possessionProofsAbi,
    functionName: 'recordMisses',
    args: [parameters.provider],
  });
  return sender.send(call, options);
}
