import { randomBytes } from 'node:crypto';

import type { TransactionReceipt } from 'viem';

import { to0x } from '../../core/bytes.ts';
import type { Address } from '../../market/messages.ts';
import { formatTokens } from '../../market/money.ts';
import type { CallOptions } from '../abortable.ts';
import { escrowAbi } from '../abi/escrow.ts';
import { contractCall } from '../contract-call.ts';
import { signPermitTransfer } from '../permit2-data.ts';
import type { SigningSender } from '../tx-sender.ts';
import { readChainTime } from './read-chain-time.ts';

/** The permit is used at once; an hour covers a transaction that waits for a cheaper block. */
const PERMIT_SECONDS = 3_600;

export interface DepositWithPermit2Parameters {
  /** Token wei. */
  amount: bigint;
  /** The market's Permit2 contract, which the sender approved for the token: see `readPermit2`. */
  permit2: Address;
}

/** Moves tokens of the sender's wallet into its escrow account on a signature for Permit2, in one transaction. */
export async function depositWithPermit2(
  sender: SigningSender,
  { amount, permit2 }: DepositWithPermit2Parameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const { account, view } = sender;
  const { escrow, token } = view.deployment.contracts;
  const { seconds } = await readChainTime(view, options);
  const message = {
    permitted: { token, amount },
    spender: escrow,
    // Unordered: any number serves that was not used, and of 2^256 no two are drawn alike.
    nonce: BigInt(to0x(randomBytes(32))),
    deadline: BigInt(seconds + PERMIT_SECONDS),
  };
  const signature = await signPermitTransfer(account, { chainId: view.deployment.chainId, permit2 }, message);
  const call = contractCall(`deposit ${formatTokens(amount)} into escrow`, {
    address: escrow,
    abi: escrowAbi,
    functionName: 'depositWithPermit2',
    args: [sender.address, amount, message.nonce, message.deadline, signature],
  });
  return sender.send(call, options);
}
