import { ExitCode, StowError } from '../core/errors.ts';
import { formatTokens } from '../market/money.ts';

/** @throws StowError `escrow-short` when so many token wei are not free in the escrow account */
export function requireFree(amount: bigint, free: bigint): void {
  if (amount <= free) return;
  throw new StowError({
    code: 'escrow-short',
    message: `the escrow account has ${formatTokens(free)} free, ${formatTokens(amount - free)} less than ${formatTokens(amount)}; nothing was sent`,
    hint: `run \`stowmarket wallet deposit ${formatTokens(amount - free).split(' ')[0]}\``,
    exitCode: ExitCode.funds,
  });
}
