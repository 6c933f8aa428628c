import type { AgreementRow } from '../chain/market-index.ts';
import { ExitCode, messageOf, StowError } from '../core/errors.ts';
import type { Address } from '../market/messages.ts';
import { formatTokens } from '../market/money.ts';
import { escrowShort } from './escrow-short.ts';
import { noProgress, type ProgressListener } from './progress.ts';

/** Whose tokens stand behind audits and demands, and how many of them may. */
export interface Backing {
  owner: Address;
  /** Token wei that are free in the owner's escrow account. */
  available: bigint;
  /** Token wei that a session key may still use of it; undefined for the owner's own key. */
  budget?: bigint | undefined;
}

/** @returns what keeps the bonds from being covered, `escrow-short` or `session-short`; undefined when they are */
export function bondsLacking(total: bigint, { owner, available, budget }: Backing): StowError | undefined {
  if (total > available) {
    return escrowShort({ what: 'the bonds come to', total, held: available, owner, undone: 'no bond was locked' });
  }
  if (budget === undefined || total <= budget) return undefined;
  return new StowError({
    code: 'session-short',
    message: `the bonds come to ${formatTokens(total)}, and this key may spend ${formatTokens(budget)} of the account of ${owner}; no bond was locked`,
    hint: 'have the owner authorize a larger budget with `stowmarket wallet session authorize`',
    exitCode: ExitCode.funds,
  });
}

/** An audit that has begun. */
export interface Challenge {
  audit: bigint;
  /** Last block in which an answer counts. */
  deadline: number;
}

export interface OpenResult<Opened> {
  opened: (Opened & { row: AgreementRow })[];
  failed: { row: AgreementRow; reason: string }[];
  /** The one whose transaction was on its way when the signal aborted: it may still be mined. */
  underway: AgreementRow[];
  /** Those that were not tried because the signal aborted. */
  untried: AgreementRow[];
}

/** Opens an audit of each agreement, or demands units of it; one that fails does not keep the others. Never throws for the chain's refusals. */
export async function openEach<Opened extends object>(
  open: (row: AgreementRow, options: { signal: AbortSignal }) => Promise<Opened>,
  rows: readonly AgreementRow[],
  { signal, onProgress = noProgress }: { signal: AbortSignal; onProgress?: ProgressListener | undefined },
): Promise<OpenResult<Opened>> {
  const result: OpenResult<Opened> = { opened: [], failed: [], underway: [], untried: [] };
  onProgress({ phase: 'audit' });
  for (const row of rows) {
    if (signal.aborted) {
      result.untried.push(row);
      continue;
    }
    try {
      result.opened.push({ ...(await open(row, { signal })), row });
    } catch (error) {
      if (signal.aborted) result.underway.push(row);
      else result.failed.push({ row, reason: messageOf(error) });
    }
  }
  return result;
}
