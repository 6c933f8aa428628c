import { type Agreement, endOf, providerOf } from './agreements.ts';
import { requireProviderConsent } from './consent.ts';
import type { Market } from './market.ts';
import { need } from './refusal.ts';
import { type Address, MAX_UINT24, type Signer } from './types.ts';

/** What client and provider sign to make a term longer. */
export interface Renewal {
  agreement: bigint;
  client: Address;
  periods: number;
  nonce: bigint;
  deadline: bigint;
}

/** IAgreements.renew: both sides agree. */
export function renew(
  market: Market,
  caller: Address,
  renewal: Renewal,
  providerSigner: Signer,
  clientSigner: Signer,
): void {
  const { accounts, agreements, clock } = market;
  const { agreement: id, client, deadline } = renewal;
  const now = BigInt(clock.time);
  need(now <= deadline, 'Agreements_Expired', 0n, deadline, now);
  const agreement = agreements.active(id);
  need(client === accounts.ownerOf(agreement.clientAccount), 'Agreements_NotClient', id, client);
  const consents = caller === client || market.signedBy(client, clientSigner);
  need(consents, 'Agreements_BadClientSignature', client);
  requireProviderConsent(market, providerOf(id), 0, deadline, providerSigner);
  agreements.useNonce(client, renewal.nonce);
  extend(market, agreement, client, renewal.periods);
}

/** IAgreements.topUp: anybody pays, as far as a live ask of the provider allows. */
export function topUp(market: Market, caller: Address, id: bigint, periods: number, askId: bigint): void {
  const { accounts, agreements, book, duties } = market;
  const agreement = agreements.active(id);
  book.requireAccepts(askId, {
    provider: providerOf(id),
    units: duties.unitsOf(id),
    periods,
    price: agreement.price,
    collateralPeriods: agreement.collateralPeriods,
    deposit: accounts.availableOf(caller),
  });
  extend(market, agreement, caller, periods);
}

function extend(market: Market, agreement: Agreement, payer: Address, periods: number): void {
  const { accounts, agreements, clock, stakes } = market;
  const { id, rent } = agreement;
  need(periods !== 0, 'Agreements_ZeroPeriods', 0n);
  const provider = providerOf(id);
  need(!stakes.hasFailed(provider), 'Agreements_ProviderFailed', id, provider);
  const endPeriod = endOf(agreement);
  need(clock.period < endPeriod, 'Agreements_TermOver', id, endPeriod, clock.period);
  const total = BigInt(agreement.periods + periods);
  need(total <= MAX_UINT24, 'Agreements_TermTooLong', id, total, MAX_UINT24);
  agreement.periods += periods;
  const value = rent * BigInt(periods);
  accounts.lock('agreements', payer, value, agreements.burnOf(value));
}
