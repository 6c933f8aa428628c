import type { CallOptions } from '../chain/abortable.ts';
import type { ChainView } from '../chain/client.ts';
import { LogReader } from '../chain/log-reader.ts';
import type { MarketEvent } from '../chain/market-events.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { readAuditParameters } from './parameters.ts';
import { periodOf } from './replay/context.ts';
import { MarketReplay } from './replay/market-replay.ts';

/** What the contracts saw of a provider at one time, and what that made of its score. */
export interface HistoryEntry {
  readonly block: bigint;
  readonly period: number;
  readonly what: HistoryKind;
  /** How many of them one after the other: periods that were proven or missed, agreements that were kept. */
  readonly count: number;
  /** In [0, 1], afterwards, as of that period. */
  readonly score: number;
}

export type HistoryKind =
  | 'registered'
  | 'proven'
  | 'missed'
  | 'kept'
  | 'failed agreement'
  | 'handed over'
  | 'audit answered'
  | 'client counted'
  | 'failed for good';

const WHOLE = 10 ** 18;

/**
 * A provider's reputation from its first event to its last, recomputed from the log alone by the rules of `Reputation.sol`: what anybody can do.
 * Oldest first; runs of the same thing are one entry.
 * @throws StowError `chain-*`, `history-chain-changed`
 */
export async function readProviderHistory(
  { view, logger }: { view: ChainView; logger: Logger },
  provider: number,
  options: CallOptions,
): Promise<HistoryEntry[]> {
  const logs = new LogReader(view, logger);
  const parameters = await readAuditParameters(view, options);
  const replay = new MarketReplay(parameters, view.deployment.contracts);
  const entries: HistoryEntry[] = [];
  const head = await logs.head(options);
  for (let next = view.deployment.deployedAtBlock; next <= head;) {
    const batch = await logs.read(next, head, options);
    if (batch === undefined) throw chainChanged();
    for (const event of batch.events) {
      replay.apply(event);
      const seen = seenOf(event, provider);
      if (seen === undefined) continue;
      const { block } = event.place;
      const period = periodOf(block, parameters);
      append(entries, { ...seen, block, period, score: Number(replay.reputation.score(provider, period)) / WHOLE });
    }
    next = batch.to.number + 1n;
  }
  return entries;
}

const KINDS: Partial<Record<MarketEvent['name'], HistoryKind>> = {
  ProviderRegistered: 'registered',
  PeriodProven: 'proven',
  BadRecorded: 'missed',
  AgreementKept: 'kept',
  AgreementFailed: 'failed agreement',
  AgreementHandedOver: 'handed over',
  AuditPassed: 'audit answered',
  ClientCounted: 'client counted',
  ProviderFailed: 'failed for good',
};

/** What an event says of a provider's reputation, if it does. */
function seenOf(event: MarketEvent, provider: number): Pick<HistoryEntry, 'what' | 'count'> | undefined {
  const what = KINDS[event.name];
  if (what === undefined || !('provider' in event.args) || event.args.provider !== provider) return undefined;
  if (event.name !== 'BadRecorded') return { what, count: 1 };
  // Without a missed period it is what an agreement that failed had left, and that has an event of its own.
  const { missed } = event.args;
  return missed === 0 ? undefined : { what, count: missed };
}

function append(entries: HistoryEntry[], entry: HistoryEntry): void {
  const last = entries.at(-1);
  if (last?.what === entry.what) entries[entries.length - 1] = { ...entry, count: last.count + entry.count };
  else entries.push(entry);
}

function chainChanged(): StowError {
  return new StowError({
    code: 'history-chain-changed',
    message: 'the chain took blocks back while its log was read',
    hint: 'run the command again',
    exitCode: ExitCode.tryAgain,
    retryable: true,
  });
}
