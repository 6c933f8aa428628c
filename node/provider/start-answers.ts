import type { Logger } from '../core/logger.ts';
import { auditAnswerer } from './audit-answerer.ts';
import type { ChainClock } from './chain-clock.ts';
import { type DemandAnswererComponents, demandAnswerer } from './demand-answerer.ts';
import type { LeafProver } from './leaf-prover.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { ProviderMetrics } from './metrics.ts';
import type { ProviderChain } from './provider-chain.ts';
import type { TimedAnswers } from './timed-answers.ts';

export interface StartAnswersComponents {
  chain: ProviderChain;
  chainClock: ChainClock;
  ledger: Pick<Ledger, 'audits' | 'demands' | 'holdings'>;
  leaves: LeafProver;
  store: DemandAnswererComponents['store'];
  metrics: ProviderMetrics;
  logger: (part: string) => Logger;
}

/** Answers audits of this provider's agreements, and shows the units that are demanded under them. */
export async function startAnswers(
  { chain, chainClock, ledger, leaves, store, metrics, logger }: StartAnswersComponents,
  run: (name: string, service: TimedAnswers) => Promise<void>,
): Promise<void> {
  const { audits, demands, holdings } = ledger;
  const shared = { chain, chainClock, holdings };
  const auditing = { leaves, book: audits, events: metrics.audits, logger: logger('audit-answerer') };
  await run('audit answerer', auditAnswerer({ ...shared, ...auditing }));
  const showing = { store, book: demands, events: metrics.demands, logger: logger('demand-answerer') };
  await run('demand answerer', demandAnswerer({ ...shared, ...showing }));
}
