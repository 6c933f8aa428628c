import type { TransactionReceipt } from 'viem';

import { formatTokens } from '../../market/money.ts';
import type { CallOptions } from '../abortable.ts';
import { collateralAbi } from '../abi/collateral.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface RequestUnbondParameters {
  provider: number;
  /** Token wei. */
  amount: bigint;
}

/** Starts the unbonding delay for free stake. Operator only. A second request adds to the first and starts the delay again. */
export async function requestUnbond(
  sender: Sender,
  parameters: RequestUnbondParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`unbond ${formatTokens(parameters.amount)} of provider ${parameters.provider}`, {
    address: sender.view.deployment.contracts.collateral,
    abi: collateralAbi,
    functionName: 'requestUnbond',
    args: [parameters.provider, parameters.amount],
  });
  return sender.send(call, options);
}
