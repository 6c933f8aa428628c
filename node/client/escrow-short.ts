import { ExitCode, StowError } from '../core/errors.ts';
import type { Address } from '../market/messages.ts';
import { formatTokens } from '../market/money.ts';

export interface Shortage {
  /** What takes the tokens, as it reads before an amount: `storing it costs`. */
  what: string;
  /** Token wei. */
  total: bigint;
  /** Token wei that are free in the escrow account. */
  held: bigint;
  /** Whose account it is, where that is not the wallet's own. */
  owner?: Address | undefined;
  /** What did not happen. */
  undone?: string | undefined;
  /** What to do next; by default, to deposit what is missing. */
  hint?: string | undefined;
}

/** An escrow account that does not hold enough: `escrow-short`. */
export function escrowShort({ what, total, held, owner, undone = 'nothing was sent', hint }: Shortage): StowError {
  const account = owner === undefined ? 'the escrow account' : `the escrow account of ${owner}`;
  return new StowError({
    code: 'escrow-short',
    message: `${what} ${formatTokens(total)}, ${account} holds ${formatTokens(held)}: ${formatTokens(total - held)} are missing; ${undone}`,
    hint: hint ?? `run \`${depositOf(total - held)}\``,
    exitCode: ExitCode.funds,
  });
}

/** The command that deposits so many token wei. */
export function depositOf(amount: bigint): string {
  return `stowmarket wallet deposit ${formatTokens(amount).split(' ')[0]}`;
}
