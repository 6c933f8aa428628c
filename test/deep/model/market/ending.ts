import { type Agreement, compensates, endOf, providerOf } from './agreements.ts';
import type { Market } from './market.ts';
import { need } from './refusal.ts';
import { settleUpTo } from './settling.ts';
import type { Address } from './types.ts';

/** IAgreements.giveNotice: the term ends with the notice from now, and what was locked for later goes back. */
export function giveNotice(market: Market, caller: Address, id: bigint): void {
  const { accounts, agreements, clock } = market;
  const agreement = agreements.active(id);
  need(caller === accounts.ownerOf(agreement.clientAccount), 'Agreements_NotClient', id, caller);
  const endPeriod = clock.period + 1 + agreements.params.noticePeriods;
  need(endPeriod < endOf(agreement), 'Agreements_NothingToShorten', id, endOf(agreement));
  const saved = endOf(agreement) - endPeriod;
  agreement.periods -= saved;
  accounts.release('agreements', agreement.clientAccount, agreement.rent * BigInt(saved));
}

/** IAgreements.end: closes an agreement whose term is over or whose provider failed. */
export function end(market: Market, id: bigint): void {
  const { agreements, clock, stakes } = market;
  const agreement = agreements.active(id);
  settleUpTo(market, agreement, clock.period);
  const provider = providerOf(id);
  const endPeriod = endOf(agreement);
  // A provider that failed after the term served it all the same.
  const failed = stakes.hasFailed(provider) && stakes.lastMiss(provider) < endPeriod;
  need(failed || clock.period >= endPeriod, 'Agreements_NotOver', id, endPeriod, clock.period);
  const { openAudits } = agreement;
  need(failed || openAudits === 0, 'Agreements_AuditsOpen', id, BigInt(openAudits));
  close(market, agreement, failed, false);
}

/** IAgreements.concede: the provider admits the loss, and the agreement fails now. */
export function concede(market: Market, caller: Address, id: bigint): void {
  const { agreements, clock, registry } = market;
  need(registry.isAuthorized(providerOf(id), caller), 'Agreements_NotProvider', id, caller);
  const agreement = agreements.active(id);
  settleUpTo(market, agreement, clock.period);
  close(market, agreement, true, true);
}

/** IAgreements.failAudit: as if the provider had conceded. */
export function failAudit(market: Market, id: bigint): void {
  const agreement = market.agreements.active(id);
  settleUpTo(market, agreement, market.clock.period);
  close(market, agreement, true, true);
}

/** A kept agreement's hold-back and collateral go to the provider; a failed one's, and the rent left, to the client. */
function close(market: Market, agreement: Agreement, failed: boolean, conceded: boolean): void {
  const { accounts, agreements, clock, duties, registry, reputation, stakes } = market;
  const { id, clientAccount, rent } = agreement;
  const provider = providerOf(id);
  const heldBack = agreements.heldBack(rent, agreement.provenPeriods);
  const unserved = rent * BigInt(agreement.periods - agreement.settledPeriods);
  market.priceIndex.onEnded(duties.unitsOf(id));
  agreement.status = failed ? 'Failed' : 'Kept';
  duties.remove(id, conceded);
  if (failed) {
    stakes.slash(provider, compensates(agreement) ? clientAccount : undefined, agreement.collateral);
    accounts.release('agreements', clientAccount, heldBack + unserved);
    reputation.recordFailed(provider, clock.period, unserved);
  } else {
    stakes.free(provider, agreement.collateral);
    accounts.release('agreements', registry.get(provider).operatorAccount, heldBack);
    reputation.get(provider).kept += 1;
  }
  agreement.collateral = 0n;
}
