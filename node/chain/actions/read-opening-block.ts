import type { CallOptions } from '../abortable.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** First block of a period. */
export async function readOpeningBlock(view: ChainView, period: number, options: CallOptions = {}): Promise<bigint> {
  return readContract(
    view,
    `read the first block of period ${period}`,
    {
      address: view.deployment.contracts.possessionProofs,
      abi: possessionProofsAbi,
      functionName: 'openingBlock',
      args: [period],
    },
    options,
  );
}
