import { type TransactionReceipt, parseSignature } from 'viem';

import { ExitCode, StowError, isStowError } from '../../core/errors.ts';
import { formatTokens } from '../../market/money.ts';
import type { CallOptions } from '../abortable.ts';
import { escrowAbi } from '../abi/escrow.ts';
import { contractCall, readContract } from '../contract-call.ts';
import { tokenAbi } from '../token-abi.ts';
import type { Sender } from '../tx-sender.ts';
import { depositWithPermit2 } from './deposit-with-permit2.ts';
import { readChainTime } from './read-chain-time.ts';
import { readPermit2 } from './read-permit2.ts';

/** A permit is used at once; an hour covers a transaction that waits for a cheaper block. */
const PERMIT_SECONDS = 3_600;

const permitTypes = {
  Permit: [
    { name: 'owner', type: 'address' },
    { name: 'spender', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
} as const;

/**
 * Moves tokens of the sender's wallet into its escrow account: with a permit (ERC-2612) where the token knows it, on a signature for
 * Permit2 where the sender approved that for the token, else with an approval and a second transaction. Throws `wallet-short` before anything is sent when the wallet does not hold the amount.
 */
export async function deposit(
  sender: Sender,
  parameters: { /** Token wei. */ amount: bigint },
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const { amount } = parameters;
  const doing = `deposit ${formatTokens(amount)} into escrow`;
  await requireTokens(sender, amount, doing, options);
  const permit = await signPermit(sender, amount, options);
  const { escrow } = sender.view.deployment.contracts;
  if (permit === undefined) {
    const approval = await readPermit2(sender.view, sender.address, options);
    if (approval !== undefined && approval.allowance >= amount)
      return depositWithPermit2(sender, { amount, permit2: approval.permit2 }, options);
    await approve(sender, amount, options);
    const args = [sender.address, amount] as const;
    return sender.send(
      contractCall(doing, { address: escrow, abi: escrowAbi, functionName: 'deposit', args }),
      options,
    );
  }
  const args = [amount, permit.deadline, permit.v, permit.r, permit.s] as const;
  const call = contractCall(doing, { address: escrow, abi: escrowAbi, functionName: 'depositWithPermit', args });
  return sender.send(call, options);
}

async function requireTokens(sender: Sender, amount: bigint, doing: string, options: CallOptions): Promise<void> {
  const token = { address: sender.view.deployment.contracts.token, abi: tokenAbi } as const;
  const balanceOf = { ...token, functionName: 'balanceOf', args: [sender.address] } as const;
  const balance = await readContract(sender.view, doing, balanceOf, options);
  if (balance >= amount) return;
  throw new StowError({
    code: 'wallet-short',
    message: `could not ${doing}: wallet ${sender.address} holds ${formatTokens(balance)}, ${formatTokens(amount - balance)} less than that`,
    hint: 'send tokens to the wallet first, or deposit less',
    exitCode: ExitCode.funds,
  });
}

/** Undefined when the token has no permits. */
async function signPermit(sender: Sender, amount: bigint, options: CallOptions) {
  const { view } = sender;
  const { contracts, chainId } = view.deployment;
  const token = { address: contracts.token, abi: tokenAbi } as const;
  const doing = 'sign a permit for the escrow';
  let nonce: bigint;
  let domain: readonly [`0x${string}`, string, string, ...unknown[]];
  try {
    [nonce, domain] = await Promise.all([
      readContract(view, doing, { ...token, functionName: 'nonces', args: [sender.address] }, options),
      readContract(view, doing, { ...token, functionName: 'eip712Domain' }, options),
    ]);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (isStowError(error, 'chain-unreachable')) throw error;
    return undefined;
  }
  const { seconds } = await readChainTime(sender.view, options);
  const deadline = BigInt(seconds + PERMIT_SECONDS);
  const signature = await sender.account.signTypedData({
    domain: { name: domain[1], version: domain[2], chainId, verifyingContract: contracts.token },
    types: permitTypes,
    primaryType: 'Permit',
    message: { owner: sender.address, spender: contracts.escrow, value: amount, nonce, deadline },
  });
  const { r, s, yParity } = parseSignature(signature);
  return { deadline, v: 27 + yParity, r, s };
}

async function approve(sender: Sender, amount: bigint, options: CallOptions): Promise<void> {
  const { contracts } = sender.view.deployment;
  const call = contractCall(`let the escrow take ${formatTokens(amount)}`, {
    address: contracts.token,
    abi: tokenAbi,
    functionName: 'approve',
    args: [contracts.escrow, amount],
  });
  await sender.send(call, options);
}
