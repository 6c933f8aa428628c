import type { TransactionReceipt } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { possessionProofsAbi } from '../abi/possession-proofs.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface DeclareMaintenanceParameters {
  provider: number;
  /** First period of it; must not have begun. */
  fromPeriod: number;
  /** How many; 0 takes back a stretch that has not begun. */
  periods: number;
}

/** Says beforehand that a provider may not prove: those periods bring neither pay nor slash. Operator or node key. */
export async function declareMaintenance(
  sender: Sender,
  { provider, fromPeriod, periods }: DeclareMaintenanceParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const doing =
    periods === 0
      ? `take back the maintenance of provider ${provider}`
      : `declare maintenance of provider ${provider} from period ${fromPeriod} on`;
  const call = contractCall(doing, {
    address: sender.view.deployment.contracts.possessionProofs,
    abi: possessionProofsAbi,
    functionName: 'declareMaintenance',
    args: [provider, fromPeriod, periods],
  });
  return sender.send(call, options);
}
