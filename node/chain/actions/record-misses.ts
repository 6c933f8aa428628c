import type { TransactionReceipt } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface RecordMissesParameters {
  provider: number;
  /** Number of the escrow account that the report fee is owed to; 0 for nobody's. */
  reporter: number;
}

/** Records the periods that a provider missed and their slashes. */
export async function recordMisses(
  sender: Sender,
  parameters: RecordMissesParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`record the missed periods of provider ${parameters.provider}`, {
    address: sender.view.deployment.contracts.possessionProofs,
    abi: possessionProofsAbi,
    functionName: 'recordMisses',
    args: [parameters.provider, parameters.reporter],
  });
  return sender.send(call, options);
}
