import { formatAgreementId } from '../../market/agreement-id.ts';
import type { AgreementId, Hex } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Merkle root of the shard of an agreement. */
export async function readRootOf(view: ChainView, id: AgreementId, options: CallOptions = {}): Promise<Hex> {
  return readContract(
    view,
    `read the root of agreement ${formatAgreementId(id)}`,
    {
      address: view.deployment.contracts.possessionProofs,
      abi: possessionProofsAbi,
      functionName: 'rootOf',
      args: [id],
    },
    options,
  );
}
