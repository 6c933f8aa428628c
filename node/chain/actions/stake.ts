import type { TransactionReceipt } from 'viem';

import type { Address } from '../../market/messages.ts';
import { formatTokens } from '../../market/money.ts';
import type { CallOptions } from '../abortable.ts';
import { collateralAbi } from '../abi/collateral.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface StakeParameters {
  provider: number;
  /** Whose escrow account pays: the sender's own, or one whose session key the sender is. Default: the sender's. */
  owner?: Address;
  /** Token wei. */
  amount: bigint;
}

/** Moves tokens from an escrow account into a provider's stake. Only its operator gets them back. */
export async function stake(
  sender: Sender,
  parameters: StakeParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`stake ${formatTokens(parameters.amount)} for provider ${parameters.provider}`, {
    address: sender.view.deployment.contracts.collateral,
    abi: collateralAbi,
    functionName: 'stake',
    args: [parameters.provider, parameters.owner ?? sender.address, parameters.amount],
  });
  return sender.send(call, options);
}
