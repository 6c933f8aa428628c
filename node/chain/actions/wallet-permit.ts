import { randomBytes } from 'node:crypto';

import { parseSignature } from 'viem';

import { to0x } from '../../core/bytes.ts';
import { ExitCode, StowError, isStowError } from '../../core/errors.ts';
import type { Address, Hex } from '../../market/messages.ts';
import { formatTokens } from '../../market/money.ts';
import type { CallOptions } from '../abortable.ts';
import type { ChainView } from '../client.ts';
import { contractCall, readContract } from '../contract-call.ts';
import type { DrySender } from '../dry-sender.ts';
import { signPermitTransfer } from '../permit2-data.ts';
import { simulate } from '../simulate.ts';
import { tokenAbi } from '../token-abi.ts';
import type { Sender, SigningSender } from '../tx-sender.ts';
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

/** What lets the escrow take tokens of a wallet in the transaction that it is part of. */
export type WalletPermit =
  | { kind: 'permit'; permit: { amount: bigint; deadline: bigint; v: number; r: Hex; s: Hex } }
  | { kind: 'permit2'; permit: { amount: bigint; nonce: bigint; deadline: bigint; signature: Hex } };

/**
 * A permit of the sender's wallet for the escrow: ERC-2612 where the token knows it, a signature for Permit2 where the sender approved that for the
 * token. Undefined where it takes an approval first.
 */
export async function signWalletPermit(
  sender: SigningSender,
  amount: bigint,
  options: CallOptions,
): Promise<WalletPermit | undefined> {
  const way = await walletWayOf(sender, amount, options);
  if (way.kind === 'permit') return { kind: 'permit', permit: await signPermit(sender, amount, way.terms, options) };
  if (way.kind === 'permit2')
    return { kind: 'permit2', permit: await signPermit2(sender, amount, way.permit2, options) };
  return undefined;
}

/** What a permit of the wallet has to say: the token's number for it, and the EIP-712 domain. */
interface PermitTerms {
  nonce: bigint;
  domain: readonly [`0x${string}`, string, string, ...unknown[]];
}

/** How the escrow gets at a wallet's tokens. */
type WalletWay = { kind: 'permit'; terms: PermitTerms } | { kind: 'permit2'; permit2: Address } | { kind: 'approval' };

async function walletWayOf({ view, address }: Sender, amount: bigint, options: CallOptions): Promise<WalletWay> {
  const terms = await readPermitTerms(view, address, options);
  if (terms !== undefined) return { kind: 'permit', terms };
  const approval = await readPermit2(view, address, options);
  return approval !== undefined && approval.allowance >= amount
    ? { kind: 'permit2', permit2: approval.permit2 }
    : { kind: 'approval' };
}

/** @throws StowError `wallet-short` when the wallet does not hold the amount */
export async function requireTokens(
  sender: Sender,
  amount: bigint,
  doing: string,
  options: CallOptions,
): Promise<void> {
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
  return { amount, deadline, v: 27 + yParity, r, s };
}

async function signPermit2(sender: SigningSender, amount: bigint, permit2: Address, options: CallOptions) {
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
  return { amount, nonce: message.nonce, deadline: message.deadline, signature };
}

/** Lets the escrow take tokens of the sender's wallet in a later transaction. */
export async function approve(sender: Sender, amount: bigint, options: CallOptions): Promise<void> {
  const { contracts } = sender.view.deployment;
  const call = contractCall(`let the escrow take ${formatTokens(amount)}`, {
    address: contracts.token,
    abi: tokenAbi,
    functionName: 'approve',
    args: [contracts.escrow, amount],
  });
  await sender.send(call, options);
}

/**
 * Plans a transaction that takes tokens out of the wallet, after an approval where it needs one. It needs a signature or that approval, which a dry run does
 * without: the chain is asked for the same move of tokens as a plain transfer instead, so that what the token refuses is refused.
 * @throws StowError `wallet-short`, and what the token refuses
 */
export async function planFromWallet(
  sender: DrySender,
  { doing, amount, to, gas }: { doing: string; amount: bigint; to: Address; gas: bigint },
  options: CallOptions,
): Promise<void> {
  const { view, address } = sender;
  const { escrow, token } = view.deployment.contracts;
  await requireTokens(sender, amount, doing, options);
  const transfer = { address: token, abi: tokenAbi, functionName: 'transfer', args: [escrow, amount] } as const;
  await simulate(view, address, contractCall(doing, transfer), options);
  const { kind } = await walletWayOf(sender, amount, options);
  if (kind === 'approval') await approve(sender, amount, options);
  await sender.assume({ doing, to, gas }, options);
}
