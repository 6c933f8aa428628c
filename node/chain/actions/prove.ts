import type { TransactionReceipt } from 'viem';

import { to0x } from '../../core/bytes.ts';
import type { CallOptions } from '../abortable.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface ProveParameters {
  provider: number;
  period: number;
  /** For each draw that is not conceded, in order: the 64-byte leaf and its siblings from the bottom up. */
  proof: Uint8Array;
}

/** Proves everything that a provider holds for the current period. Anybody may submit. */
export async function prove(
  sender: Sender,
  parameters: ProveParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`prove period ${parameters.period} of provider ${parameters.provider}`, {
    address: sender.view.deployment.contracts.possessionProofs,
    abi: possessionProofsAbi,
    functionName: 'prove',
    args: [parameters.provider, parameters.period, to0x(parameters.proof)],
  });
  return sender.send(call, options);
}
