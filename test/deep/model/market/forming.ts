import { requireCapacity } from './capacity.ts';
import type { Market } from './market.ts';
import { need } from './refusal.ts';
import { payingKey, requireProviderConsent } from './consent.ts';
import { type Address, type Hex, MAX_UINT24, type Signature, type Signer } from './types.ts';

/** What client and provider sign. */
export interface Terms {
  client: Address;
  provider: number;
  objectKey: Hex;
  shardIndex: number;
  shardRoot: Hex;
  units: number;
  pricePerUnitPeriod: bigint;
  periods: number;
  collateral: bigint;
  askId: bigint;
  bidId: bigint;
  nonce: bigint;
  deadline: bigint;
}

/** IAgreements.form: all agreements of a batch, or none. */
export function form(
  market: Market,
  caller: Address,
  batch: readonly Terms[],
  providerSigners: readonly Signer[],
  clientSignature: Signature,
): void {
  const { accounts, agreements, sessions } = market;
  const [first] = batch;
  need(first !== undefined, 'Agreements_EmptyBatch');
  const signatures = providerSigners.length;
  need(batch.length === signatures, 'Agreements_LengthMismatch', BigInt(batch.length), BigInt(signatures));
  const { client } = first;

  let total = 0n;
  for (const [index, terms] of batch.entries()) total += check(market, terms, index, client);
  const key = payingKey(market, caller, client, clientSignature);

  const deposit = accounts.availableOf(client);
  const burn = agreements.burnOf(total);
  sessions.spend(client, key, total + burn);
  const account = accounts.lock('agreements', client, total, burn);
  for (const [index, terms] of batch.entries()) {
    requireProviderConsent(market, terms.provider, index, terms.deadline, providerSigners[index]);
    formOne(market, terms, account, deposit);
  }
  const units = batch.reduce((sum, terms) => sum + terms.units, 0);
  market.priceIndex.onSold(units, total);
}

/** Returns price × units × periods of a well-formed agreement. */
function check(market: Market, terms: Terms, at: number, client: Address): bigint {
  const index = BigInt(at);
  const now = BigInt(market.clock.time);
  need(terms.client === client, 'Agreements_MixedClients', client, terms.client);
  need(now <= terms.deadline, 'Agreements_Expired', index, terms.deadline, now);
  need(terms.units !== 0, 'Agreements_ZeroUnits', index);
  need(terms.pricePerUnitPeriod !== 0n, 'Agreements_ZeroPrice', index);
  need(terms.periods !== 0, 'Agreements_ZeroPeriods', index);
  const rent = BigInt(terms.units) * terms.pricePerUnitPeriod;
  const { collateral } = terms;
  const multiple = collateral !== 0n && collateral % rent === 0n && collateral / rent <= MAX_UINT24;
  need(multiple, 'Agreements_CollateralNotMultiple', index, collateral, rent);
  const value = rent * BigInt(terms.periods);
  const { minValue } = market.agreements.params;
  need(value >= minValue, 'Agreements_ValueTooSmall', index, value, minValue);
  market.agreements.useNonce(client, terms.nonce);
  return value;
}

function formOne(market: Market, terms: Terms, clientAccount: number, deposit: bigint): void {
  const { provider, units, periods, pricePerUnitPeriod: price, collateral } = terms;
  const rent = BigInt(units) * price;
  const collateralPeriods = collateral / rent;
  const id = market.duties.add(provider, terms.shardRoot, units, rent);
  requireCapacity(market, provider);
  const wasHeld = market.agreements.holder(terms.client, terms.objectKey, terms.shardIndex) !== undefined;
  market.agreements.take(terms.client, terms.objectKey, terms.shardIndex, id);
  market.agreements.put({
    id,
    clientAccount,
    startPeriod: market.clock.period + 1,
    periods,
    price,
    settledPeriods: 0,
    provenPeriods: 0,
    collateralPeriods,
    shardIndex: terms.shardIndex,
    status: 'Active',
    openAudits: 0,
    repair: wasHeld && terms.bidId !== 0n,
    rent,
    collateral,
  });
  market.stakes.lock(provider, collateral);
  if (terms.askId !== 0n) {
    market.book.fill(terms.askId, { provider, units, periods, price, collateralPeriods, deposit });
  }
}
