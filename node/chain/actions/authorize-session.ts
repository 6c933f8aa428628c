import type { TransactionReceipt } from 'viem';

import type { Address } from '../../market/messages.ts';
import { formatTokens } from '../../market/money.ts';
import type { CallOptions } from '../abortable.ts';
import { escrowAbi } from '../abi/escrow.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface AuthorizeSessionParameters {
  key: Address;
  /** Token wei that the key may have locked in all, burned ones included. */
  budget: bigint;
  /** Unix seconds of the chain's clock from which it may nothing more. */
  expiry: number;
}

/** Lets another key spend from the sender's escrow account within the market, up to a budget and a time. It can never withdraw. */
export async function authorizeSession(
  sender: Sender,
  { key, budget, expiry }: AuthorizeSessionParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`let ${key} spend ${formatTokens(budget)} of escrow`, {
    address: sender.view.deployment.contracts.escrow,
    abi: escrowAbi,
    functionName: 'authorizeSession',
    args: [key, budget, expiry],
  });
  return sender.send(call, options);
}
