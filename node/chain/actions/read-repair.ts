import type { ContractFunctionReturnType } from 'viem';

import { formatAgreementId } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { repairsAbi } from '../abi/repairs.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** A shard that is to be repaired, and the bid for it. Meanings: `contracts/interfaces/IRepairs.sol`. */
export type Repair = ContractFunctionReturnType<typeof repairsAbi, 'view', 'repairs'>;

/** The bid that was posted for a failed agreement, whether it stands or not; undefined when none ever was. */
export async function readRepair(
  view: ChainView,
  lost: AgreementId,
  options: CallOptions = {},
): Promise<Repair | undefined> {
  const repair = await readContract(
    view,
    `read the repair of agreement ${formatAgreementId(lost)}`,
    { address: view.deployment.contracts.repairs, abi: repairsAbi, functionName: 'repairs', args: [lost] },
    options,
  );
  return repair.bidId === 0n ? undefined : repair;
}
