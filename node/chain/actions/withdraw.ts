import type { TransactionReceipt } from 'viem';

import type { Address } from '../../market/messages.ts';
import { formatTokens } from '../../market/money.ts';
import type { CallOptions } from '../abortable.ts';
import { escrowAbi } from '../abi/escrow.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface WithdrawParameters {
  /** Who gets them. */
  to: Address;
  /** Token wei. */
  amount: bigint;
}

/** Moves available tokens out of the sender's escrow account to any address. */
export async function withdraw(
  sender: Sender,
  parameters: WithdrawParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`withdraw ${formatTokens(parameters.amount)} from escrow`, {
    address: sender.view.deployment.contracts.escrow,
    abi: escrowAbi,
    functionName: 'withdraw',
    args: [parameters.to, parameters.amount],
  });
  return sender.send(call, options);
}
