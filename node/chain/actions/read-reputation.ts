import type { CallOptions } from '../abortable.ts';
import { reputationAbi } from '../abi/reputation.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';
import type { ReputationRecord } from '../records.ts';

/** The contract's score is a fraction of this. */
const SCORE_ONE = 1e18;

export interface Reputation {
  record: ReputationRecord;
  /** From 0 (new, or bad) to 1, decayed to the given period. A preference, never money: a floating-point number will do. */
  score: number;
}

/** What the contracts saw of a provider, and its score in `period`. */
export async function readReputation(
  view: ChainView,
  parameters: { provider: number; period: number },
  options: CallOptions = {},
): Promise<Reputation> {
  const { provider, period } = parameters;
  const doing = `read the reputation of provider ${provider}`;
  const address = view.deployment.contracts.reputation;
  const [record, score] = await Promise.all([
    readContract(view, doing, { address, abi: reputationAbi, functionName: 'records', args: [provider] }, options),
    readContract(
      view,
      doing,
      { address, abi: reputationAbi, functionName: 'scoreAt', args: [provider, period] },
      options,
    ),
  ]);
  return { record, score: Number(score) / SCORE_ONE };
}
