import type { Address, AgreementId, Hex } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { agreementsAbi } from '../abi/agreements.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Live or last agreement for each shard of an object, by shard index up to the last that there ever was; 0n where there was none. */
export async function readHoldersOf(
  view: ChainView,
  client: Address,
  objectKey: Hex,
  options: CallOptions = {},
): Promise<readonly AgreementId[]> {
  const ids = await readContract(
    view,
    `read the holders of object ${objectKey}`,
    {
      address: view.deployment.contracts.agreements,
      abi: agreementsAbi,
      functionName: 'holdersOf',
      args: [client, objectKey],
    },
    options,
  );
  // The contract keeps four ids in a word and answers with whole words.
  return ids.slice(0, ids.findLastIndex((id) => id !== 0n) + 1);
}
