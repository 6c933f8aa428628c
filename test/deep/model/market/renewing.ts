import { type Agreement, endOf, providerOf } from './agreements.ts';
import { payingKey, requireProviderConsent } from './consent.ts';
import type { Market } from './market.ts';
import { need } from './refusal.ts';
import { type Address, MAX_UINT24, type Signature, type Signer } from './types.ts';

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
  clientSignature: Signature,
): void {
  const { accounts, agreements, clock } = market;
  const { agreement: id, client, deadline } = renewal;
  const now = BigInt(clock.time);
  need(now <= deadline, 'Agreements_Expired', 0n, deadline, now);
  const agreement = agreements.active(id);
  need(client === accounts.ownerOf(agreement.clientAccount), 'Agreements_NotClient', id, client);
  const key = payingKey(market, caller, client, clientSignature);
  requireProviderConsent(market, providerOf(id), 0, deadline, providerSigner);
  agreements.useNonce(client, renewal.nonce);
  extend(market, agreement, { payer: client, key }, renewal.periods);
}

/** Whose account pays, and who asks for it: the payer, or its session key. */
interface Payment {
  payer: Address;
  key: Address;
}

/** IAgreements.topUp: anybody pays, as far as a live ask of the provider allows. */
export function topUp(market: Market, payment: Payment, id: bigint, periods: number, askId: bigint): void {
  const { accounts, agreements, book, duties } = market;
  const agreement = agreements.active(id);
  book.requireAccepts(askId, {
    provider: providerOf(id),
    units: duties.unitsOf(id),
    periods,
    price: agreement.price,
    collateralPeriods: agreement.collateralPeriods,
    deposit: accounts.availableOf(payment.payer),
  });
  extend(market, agreement, payment, periods);
}

function extend(market: Market, agreement: Agreement, { payer, key }: Payment, periods: number): void {
  const { accounts, agreements, clock, priceIndex, sessions, stakes } = market;
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
  priceIndex.onSold(0, value);
  const burn = agreements.burnOf(value);
  sessions.spend(payer, key, value + burn);
  accounts.lock('agreements', payer, value, burn);
}
