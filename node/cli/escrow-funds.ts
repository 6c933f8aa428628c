import type { Balances } from '../chain/actions/read-balances.ts';
import { escrowShort } from '../client/escrow-short.ts';
import { formatAmount } from './format.ts';

/** Where the tokens behind a channel come from. Token wei. */
export interface Funding {
  readonly fromEscrow: bigint;
  /** Into the escrow account first, in the same transaction. */
  readonly fromWallet: bigint;
}

/**
 * Out of the escrow account as much as is free there, and the rest out of the wallet; or all of it out of the wallet.
 * @throws StowError `escrow-short` when both together do not hold enough
 */
export function fundingOf(
  amount: bigint,
  { escrow, wallet }: Pick<Balances, 'escrow' | 'wallet'>,
  { fromWallet: isAll = false }: { fromWallet?: boolean | undefined },
): Funding {
  const fromEscrow = isAll ? 0n : escrow < amount ? escrow : amount;
  const fromWallet = amount - fromEscrow;
  if (fromWallet > wallet)
    throw escrowShort({
      what: 'it would lock',
      total: amount,
      held: fromEscrow,
      hint: `the wallet holds ${formatAmount(wallet)}: send it tokens, or lock less`,
    });
  return { fromEscrow, fromWallet };
}

/** ` (0.2 tokens from the escrow account, 0.3 tokens from the wallet)`; empty when the wallet gives nothing. */
export function fundingText({ fromEscrow, fromWallet }: Funding): string {
  if (fromWallet === 0n) return '';
  const rest = `${formatAmount(fromWallet)} from the wallet`;
  return fromEscrow === 0n ? ` (${rest})` : ` (${formatAmount(fromEscrow)} from the escrow account, ${rest})`;
}

/** `; 0.3 tokens of it came from the wallet`; empty when it gave nothing. */
export function walletText({ fromWallet }: Funding): string {
  return fromWallet === 0n ? '' : `; ${formatAmount(fromWallet)} came from the wallet`;
}
