import type { TransactionReceipt } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { collateralAbi } from '../abi/collateral.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface WithdrawUnbondedParameters {
  provider: number;
}

/** Moves stake whose unbonding delay is over to the operator's escrow account. Anybody may. */
export async function withdrawUnbonded(
  sender: Sender,
  parameters: WithdrawUnbondedParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`release the unbonded stake of provider ${parameters.provider}`, {
    address: sender.view.deployment.contracts.collateral,
    abi: collateralAbi,
    functionName: 'withdrawUnbonded',
    args: [parameters.provider],
  });
  return sender.send(call, options);
}
