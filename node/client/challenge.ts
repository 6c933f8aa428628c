import type { AgreementRow } from '../chain/market-index.ts';
import { ExitCode, messageOf, StowError } from '../core/errors.ts';
import type { Address, AgreementId } from '../market/messages.ts';
import { formatTokens } from '../market/money.ts';
import { noProgress, type ProgressListener } from './progress.ts';

/** Whose tokens stand behind audits, and how many of them may. */
export interface Backing {
  owner: Address;
  /** Token wei that are free in the owner's escrow account. */
  available: bigint;
  /** Token wei that a session key may still use of it; undefined for the owner's own key. */
  budget?: bigint | undefined;
}

/** @throws StowError `escrow-short`, `session-short` when the bonds are not covered */
export function requireBonds(total: bigint, { owner, available, budget }: Backing): void {
  if (total > available) {
    throw new StowError({
      code: 'escrow-short',
      message: `the bonds come to ${formatTokens(total)}, the escrow account of ${owner} holds ${formatTokens(available)}: ${formatTokens(total - available)} are missing; nothing was sent`,
      hint: `run \`stowmarket wallet deposit ${formatTokens(total - available).split(' ')[0]}\``,
      exitCode: ExitCode.funds,
    });
  }
  if (budget === undefined || total <= budget) return;
  throw new StowError({
    code: 'session-short',
    message: `the bonds come to ${formatTokens(total)}, and this key may spend ${formatTokens(budget)} of the account of ${owner}; nothing was sent`,
    hint: 'have the owner authorize a larger budget with `stowmarket wallet session authorize`',
    exitCode: ExitCode.funds,
  });
}

/** An audit that has begun, with the agreement that it asks about. */
export interface Challenge {
  row: AgreementRow;
  audit: bigint;
  /** Last block in which an answer counts. */
  deadline: number;
}

export interface ChallengeResult {
  opened: Challenge[];
  failed: { row: AgreementRow; reason: string }[];
  /** Those that were not tried because the signal aborted. */
  untried: AgreementRow[];
}

/** Opens an audit of each agreement; one that fails does not keep the others. Never throws for the chain's refusals. */
export async function openAudits(
  openAudit: (id: AgreementId, options: { signal: AbortSignal }) => Promise<{ audit: bigint; deadline: number }>,
  rows: readonly AgreementRow[],
  { signal, onProgress = noProgress }: { signal: AbortSignal; onProgress?: ProgressListener | undefined },
): Promise<ChallengeResult> {
  const result: ChallengeResult = { opened: [], failed: [], untried: [] };
  onProgress({ phase: 'audit' });
  for (const row of rows) {
    if (signal.aborted) {
      result.untried.push(row);
      continue;
    }
    try {
      const { audit, deadline } = await openAudit(row.id, { signal });
      result.opened.push({ row, audit, deadline });
    } catch (error) {
      if (signal.aborted) result.untried.push(row);
      else result.failed.push({ row, reason: messageOf(error) });
    }
  }
  return result;
}
