import type { Duty } from '../records.ts';
import type { CallOptions } from '../abortable.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** A provider's record in the proof contract. */
export async function readDuty(view: ChainView, provider: number, options: CallOptions = {}): Promise<Duty> {
  return readContract(
    view,
    `read the duty of provider ${provider}`,
    {
      address: view.deployment.contracts.possessionProofs,
      abi: possessionProofsAbi,
      functionName: 'duties',
      args: [provider],
    },
    options,
  );
}
