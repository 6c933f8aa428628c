import type { TransactionReceipt } from 'viem';

import { formatTokens } from '../../market/money.ts';
import type { CallOptions } from '../abortable.ts';
import { collateralAbi } from '../abi/collateral.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface StakeParameters {
  provider: number;
  /** Token wei. */
  amount: bigint;
}

/** Moves tokens from the sender's escrow account into a provider's stake. Only its operator gets them back. */
export async function stake(
  sender: Sender,
  parameters: StakeParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`stake ${formatTokens(parameters.amount)} for provider ${parameters.provider}`, {
    address: sender.view.deployment.contracts.collateral,
    abi: collateralAbi,
    functionName: 'stake',
    args: [parameters.provider, parameters.amount],
  });
  return sender.send(call, options);
}
