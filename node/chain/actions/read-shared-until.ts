import type { Address, Hex } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { catalogAbi } from '../abi/catalog.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Unix seconds before which a reader may read an object of an owner; 0 when never. The zero address is everybody. */
export async function readSharedUntil(
  view: ChainView,
  { owner, objectKey, reader }: { owner: Address; objectKey: Hex; reader: Address },
  options: CallOptions = {},
): Promise<number> {
  return readContract(
    view,
    `read whether ${reader} may read object ${objectKey} of ${owner}`,
    {
      address: view.deployment.contracts.catalog,
      abi: catalogAbi,
      functionName: 'sharedUntil',
      args: [owner, objectKey, reader],
    },
    options,
  );
}
