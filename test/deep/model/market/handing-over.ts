import { endOf, providerOf } from './agreements.ts';
import { requireCapacity } from './capacity.ts';
import { requireProviderConsent } from './consent.ts';
import type { Market } from './market.ts';
import { need } from './refusal.ts';
import { settleUpTo } from './settling.ts';
import type { Address, Hex, Signer } from './types.ts';

/** What a successor signs. */
export interface Handover {
  agreement: bigint;
  objectKey: Hex;
  successor: number;
  nonce: bigint;
  deadline: bigint;
}

/** IAgreements.handOver: the rest of the term, from the next period on, goes to a successor behind its own collateral. */
export function handOver(market: Market, caller: Address, handover: Handover, successorSigner: Signer): void {
  const { accounts, agreements, clock, duties, registry, reputation, stakes } = market;
  const { agreement: id, successor, objectKey, deadline } = handover;
  const provider = providerOf(id);
  need(registry.isAuthorized(provider, caller), 'Agreements_NotProvider', id, caller);
  const now = BigInt(clock.time);
  need(now <= deadline, 'Agreements_Expired', 0n, deadline, now);
  const former = agreements.active(id);
  need(former.openAudits === 0, 'Agreements_AuditsOpen', id, BigInt(former.openAudits));
  const startPeriod = clock.period + 1;
  const endPeriod = endOf(former);
  need(startPeriod < endPeriod, 'Agreements_TermOver', id, endPeriod, startPeriod);
  need(successor !== provider, 'Agreements_SameProvider', id, successor);
  requireProviderConsent(market, successor, 0, deadline, successorSigner);
  agreements.useNonce(registry.get(successor).nodeAddress, handover.nonce);

  // The provider is paid through this period, which it has proven or owes nothing of.
  settleUpTo(market, former, startPeriod);
  need(duties.isDischarged(provider), 'Agreements_ProofOwed', id, provider, clock.period);
  const units = duties.unitsOf(id);
  former.status = 'HandedOver';
  duties.remove(id, false);
  stakes.free(provider, former.collateral);
  former.collateral = 0n;

  const client = accounts.ownerOf(former.clientAccount);
  const { shardIndex, rent } = former;
  need(agreements.holder(client, objectKey, shardIndex) === id, 'Agreements_WrongObject', id, objectKey);
  const root = duties.holding(id)?.root;
  if (root === undefined) throw new Error(`${id} has no root`);
  const successorId = duties.add(successor, root, units, rent);
  requireCapacity(market, successor);
  agreements.take(client, objectKey, shardIndex, successorId);
  const collateral = rent * former.collateralPeriods;
  agreements.put({
    ...former,
    id: successorId,
    startPeriod,
    periods: endPeriod - startPeriod,
    settledPeriods: 0,
    status: 'Active',
    collateral,
  });
  stakes.lock(successor, collateral);
  reputation.get(provider).handedOver += 1;
}
