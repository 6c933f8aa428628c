import type { Standing } from '../../market/reputation.ts';
import type { CallOptions } from '../abortable.ts';
import { reputationAbi } from '../abi/reputation.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** What the score of a provider follows from. */
export async function readStanding(view: ChainView, provider: number, options: CallOptions = {}): Promise<Standing> {
  const doing = `read the standing of provider ${provider}`;
  const contract = { address: view.deployment.contracts.reputation, abi: reputationAbi } as const;
  const [{ good, bad, updated }, { epoch, recent, before }] = await Promise.all([
    readContract(view, doing, { ...contract, functionName: 'records', args: [provider] }, options),
    readContract(view, doing, { ...contract, functionName: 'clientsOf', args: [provider] }, options),
  ]);
  return { good, bad, updated, epoch, recentClients: recent, clientsBefore: before };
}
