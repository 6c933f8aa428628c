import { providerOf } from './agreements.ts';
import type { Market } from './market.ts';
import { need } from './refusal.ts';

/** IReputation.countClients: the client of each agreement counts for its provider, once that has served it. */
export function countClients(market: Market, ids: readonly bigint[]): void {
  const { agreements, clock, duties, reputation } = market;
  for (const id of ids) {
    const agreement = agreements.all().find((one) => one.id === id);
    const provider = providerOf(id);
    const alive = agreement?.status === 'Active' || agreement?.status === 'Kept';
    const { proven } = duties.get(provider);
    const served =
      agreement !== undefined &&
      [...proven].some(
        (period) => period >= agreement.startPeriod && period < agreement.startPeriod + agreement.settledPeriods,
      );
    need(alive && served, 'Reputation_NothingServed', id);
    reputation.countClient(provider, agreement.clientAccount, clock.period);
  }
}
