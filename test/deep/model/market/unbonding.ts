import { unitsOf } from './duties.ts';
import type { Market } from './market.ts';
import { need } from './refusal.ts';
import type { Address } from './types.ts';

/** ICollateral.requestUnbond: the operator asks for free stake; the bond stays while anything is held or locked. */
export function requestUnbond(market: Market, caller: Address, provider: number, amount: bigint): void {
  const { operator, capacity } = market.registry.get(provider);
  need(caller === operator, 'Collateral_NotAuthorized', provider, caller);
  market.stakes.requestUnbond(provider, amount, unitsOf(market.duties.heldNow(provider)) !== 0, capacity);
}

/** ICollateral.withdrawUnbonded: anybody, once the delay is over. */
export function withdrawUnbonded(market: Market, provider: number): void {
  const known = provider >= 1 && provider <= market.registry.count;
  market.stakes.withdrawUnbonded(provider, known ? market.registry.get(provider).operatorAccount : undefined);
}
