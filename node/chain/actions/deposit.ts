import type { TransactionReceipt } from 'viem';

import { formatTokens } from '../../market/money.ts';
import type { CallOptions } from '../abortable.ts';
import { escrowAbi } from '../abi/escrow.ts';
import { type ContractCall, contractCall } from '../contract-call.ts';
import type { DrySender } from '../dry-sender.ts';
import type { Sender, SigningSender } from '../tx-sender.ts';
import { approve, planFromWallet, requireTokens, signWalletPermit, type WalletPermit } from './wallet-permit.ts';

/** A deposit after an approval or on a permit, in a token of the usual kind, rounded up. */
const DEPOSIT_GAS = 150_000n;

export interface DepositParameters {
  /** Token wei. */
  amount: bigint;
}

/**
 * Moves tokens of the sender's wallet into its escrow account: on a permit where one can be signed, else with an approval and a second transaction. Throws
 * `wallet-short` before anything is sent when the wallet does not hold the amount.
 */
export async function deposit(
  sender: SigningSender,
  { amount }: DepositParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const doing = doingOf(amount);
  await requireTokens(sender, amount, doing, options);
  const signed = await signWalletPermit(sender, amount, options);
  if (signed === undefined) await approve(sender, amount, options);
  return sender.send(depositCall(sender, amount, signed), options);
}

/** Plans what `deposit` would send. Throws as `deposit`. */
export async function planDeposit(
  sender: DrySender,
  { amount }: DepositParameters,
  options: CallOptions = {},
): Promise<void> {
  const to = sender.view.deployment.contracts.escrow;
  await planFromWallet(sender, { doing: doingOf(amount), amount, to, gas: DEPOSIT_GAS }, options);
}

function depositCall({ view, address }: Sender, amount: bigint, signed: WalletPermit | undefined): ContractCall {
  const doing = doingOf(amount);
  const escrow = { address: view.deployment.contracts.escrow, abi: escrowAbi } as const;
  if (signed === undefined) return contractCall(doing, { ...escrow, functionName: 'deposit', args: [address, amount] });
  if (signed.kind === 'permit2') {
    const { nonce, deadline, signature } = signed.permit;
    const args = [address, amount, nonce, deadline, signature] as const;
    return contractCall(doing, { ...escrow, functionName: 'depositWithPermit2', args });
  }
  const { deadline, v, r, s } = signed.permit;
  return contractCall(doing, { ...escrow, functionName: 'depositWithPermit', args: [amount, deadline, v, r, s] });
}

function doingOf(amount: bigint): string {
  return `deposit ${formatTokens(amount)} into escrow`;
}
