import { concat, fromHex } from '../core/bytes.ts';
import { isStowError } from '../core/errors.ts';
import { DIGEST_BYTES } from '../core/units.ts';
import type { ShardStore } from '../store/shard-store.ts';
import type { DueAnswer } from './ledger/answer-book.ts';
import type { Holding } from './ledger/holdings.ts';
import type { ProviderChain } from './provider-chain.ts';
import { TimedAnswers, type TimedAnswersComponents } from './timed-answers.ts';

export interface DemandAnswererComponents extends Omit<TimedAnswersComponents, 'answer'> {
  chain: Pick<ProviderChain, 'demand' | 'answerDemand'>;
  store: Pick<ShardStore, 'readUnits' | 'readPathAbove'>;
}

/** Shows units that clients demand on chain. */
export function demandAnswerer({ chain, store, ...components }: DemandAnswererComponents): TimedAnswers {
  const answer: TimedAnswersComponents['answer'] = (due, holding, signal) =>
    showUnit({ chain, store }, due, holding, signal);
  return new TimedAnswers({ ...components, answer }, { what: 'demand' });
}

async function showUnit(
  { chain, store }: Pick<DemandAnswererComponents, 'chain' | 'store'>,
  { number: demand, agreement }: DueAnswer,
  holding: Holding,
  signal: AbortSignal,
): Promise<boolean> {
  // The log is some blocks behind, and somebody else may have shown it. Another agreement under the number: a reorganisation.
  const state = await chain.demand(demand, signal);
  if (!state.open || state.agreement !== agreement) return false;
  const root = fromHex(holding.root, DIGEST_BYTES);
  const opening = concat(await store.readUnits(root, state.unit, 1), await store.readPathAbove(root, state.unit));
  try {
    await chain.answerDemand(demand, opening, signal);
  } catch (error) {
    if (isStowError(error, 'demands-not-open')) return false;
    throw error;
  }
  return true;
}
