import { type Agreement, compensates, endOf, providerOf } from './agreements.ts';
import type { Market } from './market.ts';

/** IAgreements.settle: up to the last period that is over. */
export function settle(market: Market, ids: readonly bigint[]): void {
  for (const id of ids) settleUpTo(market, market.agreements.active(id), market.clock.period);
}

/** Pays one period after the other, each as proven or not, up to `before` or the end of the term. */
export function settleUpTo(market: Market, agreement: Agreement, before: number): void {
  const { accounts, agreements, duties, registry } = market;
  const provider = providerOf(agreement.id);
  duties.record(provider);
  const { operatorAccount } = registry.get(provider);
  const { clientAccount, startPeriod, rent } = agreement;
  const end = Math.min(endOf(agreement), before);
  for (let period = startPeriod + agreement.settledPeriods; period < end; period += 1) {
    if (duties.get(provider).proven.has(period)) {
      const kept = agreements.heldBack(rent, agreement.provenPeriods);
      agreement.provenPeriods += 1;
      const heldBack = agreements.heldBack(rent, agreement.provenPeriods) - kept;
      accounts.release('agreements', operatorAccount, rent - heldBack);
    } else {
      accounts.release('agreements', clientAccount, rent);
    }
    agreement.settledPeriods += 1;
  }
  settleSlashes(market, agreement);
}

/** What the misses of the settled periods took of an agreement's collateral goes to the client and the burn account, once. */
function settleSlashes(market: Market, agreement: Agreement): void {
  const provider = providerOf(agreement.id);
  const lost = agreement.collateral - remainingOf(market, agreement);
  if (lost === 0n) return;
  agreement.collateral -= lost;
  market.stakes.slash(provider, compensates(agreement) ? agreement.clientAccount : undefined, lost);
}

/** What stays of an agreement's collateral after the misses of its settled periods. */
export function remainingOf(market: Market, agreement: Agreement): bigint {
  const { id, startPeriod, settledPeriods, rent, collateralPeriods } = agreement;
  return market.stakes.remaining(providerOf(id), startPeriod, startPeriod + settledPeriods, rent * collateralPeriods);
}
