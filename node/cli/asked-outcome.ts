import { DrySender } from '../chain/dry-sender.ts';
import type { AgreementRow } from '../chain/market-index.ts';
import type { Sender } from '../chain/tx-sender.ts';
import type { OpenResult } from '../client/challenge.ts';
import type { Asked } from '../client/close-overdue.ts';
import { followUp, type FollowComponents } from '../client/follow-up.ts';
import type { MarketSession } from '../client/session/market-session.ts';
import { systemClock } from '../core/clock.ts';
import { ExitCode, messageOf, StowError } from '../core/errors.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import { plural } from './format.ts';
import type { Run } from './program-context.ts';

/** How a command speaks of what it asks providers for. */
export interface AskedWords {
  /** One of them: `audit`. */
  one: string;
  /** What ctrl-C left when there is none: `no audit was opened`. */
  none: string;
  /** What to do with those that go on after ctrl-C. */
  hint: string;
}

/** One that goes on without us. */
export interface Awaited {
  number: bigint;
  /** Last block in which an answer counts. */
  deadline: number;
}

/** Says of each agreement that nothing could be asked of why. */
export function warnOfRefused(
  { output }: Run,
  { one }: AskedWords,
  { failed }: Pick<OpenResult<object>, 'failed'>,
): void {
  for (const { row, reason } of failed) output.warn(`no ${one} of agreement ${formatAgreementId(row.id)}: ${reason}`);
}

/**
 * What became of what was asked for, as an exit code.
 * @param outcomes `failed` for an agreement that was lost
 * @param refused agreements that nothing could be asked of
 */
export function askedExitCode(outcomes: readonly string[], refused: number): ExitCode | undefined {
  if (outcomes.includes('failed')) return ExitCode.integrity;
  return refused > 0 ? ExitCode.partial : undefined;
}

/** @throws StowError `interrupted` when ctrl-C left out some of the agreements; it names what goes on, and what may still be mined */
export function requireAllTried(
  { signal }: Run,
  words: AskedWords,
  { sender, awaited, result }: { sender: Sender; awaited: readonly Awaited[]; result: OpenResult<object> },
): void {
  const { underway, untried } = result;
  if (underway.length + untried.length === 0) return;
  // A dry run hands nothing over.
  const sent = sender instanceof DrySender ? [] : underway;
  const left = untried.length + underway.length - sent.length;
  throw stopped(messageOf(signal.reason), words, { awaited, sent, left });
}

/**
 * Waits until each is answered or closed, and closes those whose window goes by.
 * @throws StowError `interrupted` after ctrl-C, which names what goes on
 */
export async function followAsked<Row extends Asked>(
  { output, signal }: Run,
  words: AskedWords,
  {
    market,
    pollMs,
    awaited,
    ...components
  }: Pick<FollowComponents<Row>, 'close' | 'index' | 'rowsOf'> & {
    market: MarketSession;
    pollMs: number;
    awaited: readonly Awaited[];
  },
): Promise<Row[]> {
  if (awaited.length === 0) return [];
  const sync = async (call: { signal: AbortSignal }): Promise<bigint> => {
    await market.sync(call);
    return (await market.index.block()) ?? 0n;
  };
  const numbers = awaited.map(({ number }) => number);
  const onProgress = output.progress.listener;
  try {
    return await followUp({ ...components, sync, clock: systemClock }, numbers, { pollMs, signal, onProgress });
  } catch (error) {
    if (signal.aborted) throw stopped(messageOf(error), words, { awaited, sent: [], left: 0 });
    throw error;
  }
}

function stopped(
  because: string,
  { one, none, hint }: AskedWords,
  { awaited, sent, left }: { awaited: readonly Awaited[]; sent: readonly AgreementRow[]; left: number },
): StowError {
  const open = awaited.map(({ number, deadline }) => `${number} (until block ${deadline})`);
  const parts = [
    because,
    ...(open.length > 0 ? [`these ${one}s go on: ${open.join(', ')}`] : []),
    ...sent.map(({ id }) => `the transaction for agreement ${formatAgreementId(id)} may still be mined`),
    ...(open.length + sent.length === 0 ? [none] : []),
    ...(left > 0 ? [`${plural(left, 'agreement')} left out`] : []),
  ];
  return new StowError({ code: 'interrupted', message: parts.join('; '), hint, exitCode: ExitCode.interrupted });
}
