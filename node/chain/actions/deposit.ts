import { type TransactionReceipt, parseSignature } from 'viem';

import { ExitCode, StowError, isStowError } from '../../core/errors.ts';
import { formatTokens } from '../../market/money.ts';
import type { Address } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { escrowAbi } from '../abi/escrow.ts';
import type { ChainView } from '../client.ts';
import { contractCall, readContract } from '../contract-call.ts';
import { tokenAbi } from '../token-abi.ts';
import type { DrySender } from '../dry-sender.ts';
import { simulate } from '../simulate.ts';
import type { Sender, SigningSender } from '../tx-sender.ts';
import { depositWithPermit2 } from './deposit-with-permit2.ts';
import { readChainTime } from './read-chain-time.ts';
import { readPermit2 } from './read-permit2.ts';

/** A permit is used at once; an hour covers a transaction that waits for a cheaper block. */
const PERMIT_SECONDS = 3_600;

/** A deposit after an approval or on a permit, in a token of the usual kind, rounded up. */
const DEPOSIT_GAS = 150_000n;

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
  sender: SigningSender,
  parameters: DepositParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const { amount } = parameters;
  const doing = doingOf(parameters);
  await requireTokens(sender, amount, doing, options);
  const way = await wayOf(sender, amount, options);
  const { escrow } = sender.view.deployment.contracts;
  if (way.kind === 'permit2') return depositWithPermit2(sender, { amount, permit2: way.permit2 }, options);
  if (way.kind === 'approval') {
    await approve(sender, amount, options);
    const args = [sender.address, amount] as const;
    return sender.send(
      contractCall(doing, { address: escrow, abi: escrowAbi, functionName: 'deposit', args }),
      options,
    );
  }
  const permit = await signPermit(sender, amount, way.terms, options);
  const args = [amount, permit.deadline, permit.v, permit.r, permit.s] as const;
  const call = contractCall(doing, { address: escrow, abi: escrowAbi, functionName: 'depositWithPermit', args });
  return sender.send(call, options);
}

/**
 * Plans what `deposit` would send. The deposit itself needs a signature or an approval, which a dry run does without: the chain is asked
 * for the same move of tokens as a plain transfer instead, so that what the token refuses is refused. Throws as `deposit`.
 */
export async function planDeposit(
  sender: DrySender,
  parameters: DepositParameters,
  options: CallOptions = {},
): Promise<void> {
  const { amount } = parameters;
  const { view, address } = sender;
  const { escrow, token } = view.deployment.contracts;
  const doing = doingOf(parameters);
  await requireTokens(sender, amount, doing, options);
  const args = [escrow, amount] as const;
  await simulate(
    view,
    address,
    contractCall(doing, { address: token, abi: tokenAbi, functionName: 'transfer', args }),
    options,
  );
  const { kind } = await wayOf(sender, amount, options);
  if (kind === 'approval') await approve(sender, amount, options);
  await sender.assume({ doing, to: escrow, gas: DEPOSIT_GAS }, options);
}

export interface DepositParameters {
  /** Token wei. */
  amount: bigint;
}

function doingOf({ amount }: DepositParameters): string {
  return `deposit ${formatTokens(amount)} into escrow`;
}

/** What a permit of the wallet has to say: the token's number for it, and the EIP-712 domain. */
interface PermitTerms {
  nonce: bigint;
  domain: readonly [`0x${string}`, string, string, ...unknown[]];
}

/** How the escrow gets at the wallet's tokens. */
type DepositWay = { kind: 'permit'; terms: PermitTerms } | { kind: 'permit2'; permit2: Address } | { kind: 'approval' };

async function wayOf({ view, address }: Sender, amount: bigint, options: CallOptions): Promise<DepositWay> {
  const terms = await readPermitTerms(view, address, options);
  if (terms !== undefined) return { kind: 'permit', terms };
  const approval = await readPermit2(view, address, options);
  return approval !== undefined && approval.allowance >= amount
    ? { kind: 'permit2', permit2: approval.permit2 }
    : { kind: 'approval' };
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
async function readPermitTerms(
  view: ChainView,
  owner: Address,
  options: CallOptions,
): Promise<PermitTerms | undefined> {
  const token = { address: view.deployment.contracts.token, abi: tokenAbi } as const;
  const doing = 'sign a permit for the escrow';
  try {
    const [nonce, domain] = await Promise.all([
      readContract(view, doing, { ...token, functionName: 'nonces', args: [owner] }, options),
      readContract(view, doing, { ...token, functionName: 'eip712Domain' }, options),
    ]);
    return { nonce, domain };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (isStowError(error, 'chain-unreachable')) throw error;
    return undefined;
  }
}

async function signPermit(sender: SigningSender, amount: bigint, { nonce, domain }: PermitTerms, options: CallOptions) {
  const { contracts, chainId } = sender.view.deployment;
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
