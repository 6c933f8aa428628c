import type { Market } from './market.ts';
import { need } from './refusal.ts';
import type { Address } from './types.ts';

/** INodeRegistry.declareCapacity: as much as the provider's stake covers. */
export function declareCapacity(market: Market, caller: Address, provider: number, units: number): void {
  const { registry, stakes } = market;
  need(registry.isAuthorized(provider, caller), 'NodeRegistry_NotAuthorized', provider, caller);
  const covered = stakes.coveredCapacity(provider);
  need(BigInt(units) <= covered, 'NodeRegistry_CapacityNotCovered', provider, BigInt(units), covered);
  change(market, provider, units);
}

/** INodeRegistry.trimCapacity: down to what the stake still covers. */
export function trimCapacity(market: Market, provider: number): void {
  const { capacity } = market.registry.get(provider);
  const covered = market.stakes.coveredCapacity(provider);
  need(covered < BigInt(capacity), 'NodeRegistry_CapacityCovered', provider, BigInt(capacity), covered);
  change(market, provider, Number(covered));
}

function change({ registry, priceIndex }: Market, provider: number, units: number): void {
  const record = registry.get(provider);
  priceIndex.onCapacity(record.capacity, units);
  record.capacity = units;
}

/** What a provider holds after an agreement was added has to be within what it declared. */
export function requireCapacity({ registry, duties }: Market, provider: number): void {
  const { capacity } = registry.get(provider);
  const held = duties.heldNow(provider).reduce((sum, { units }) => sum + units, 0);
  need(held <= capacity, 'Agreements_CapacityExceeded', provider, BigInt(held), BigInt(capacity));
}
