import type { Ask } from '../../../node/market/messages.ts';
import { BPS } from '../../../node/market/money.ts';
import type { PriceIndexParams } from '../../../node/market/price-index.ts';
import { DEFAULTS, weiOf } from '../scale.ts';
import type { ProviderKind } from './supply.ts';

/** What an ask wants: fixed, or pegged to the index. */
export type AskPricing = Pick<Ask, 'pricePerUnitPeriod' | 'premiumBps' | 'ceiling'>;

/** What a provider has learned: what it asks for, and its premium on the index. */
export interface Asking {
  price: number;
  premium: number;
}

/** How prices come about. */
export type Mechanism =
  | { readonly kind: 'fixed'; readonly price: number }
  | { readonly kind: 'posted'; readonly bids: boolean }
  | {
      readonly kind: 'pegged';
      readonly bids: boolean;
      /** Whether providers move their premiums; otherwise all ask for the index itself. */
      readonly tuned: boolean;
      /** What differs from the deployment's index. */
      readonly index?: Partial<PriceIndexParams>;
    };

/** Asks for the index itself. */
const PAR = 1;
/** The contract takes premiums from half the index to twice. */
const MIN_PREMIUM = 0.5;
const MAX_PREMIUM = 2;
/** The index moves up to ten times its start, the curve half as much again: no ceiling that binds. */
const CEILING = DEFAULTS.priceIndex.startPrice * 100n;

/** Learning, once a week: dearer when nearly everything is let, cheaper when much is not. */
const PRICE_RULE = { full: 0.9, up: 1.05, empty: 0.6, down: 0.95 } as const;
/** Slower, as the index moves by itself. */
const PREMIUM_RULE = { full: 0.92, up: 1.03, empty: 0.6, down: 0.97 } as const;

export function firstAsking(provider: ProviderKind, entryPrice: number | undefined): Asking {
  return { price: entryPrice ?? 1.1 * provider.scale + 0.1, premium: PAR };
}

/** What a provider's ask wants; undefined when it sells nothing. */
export function askOf(mechanism: Mechanism, provider: ProviderKind, asking: Asking): AskPricing | undefined {
  if (mechanism.kind === 'pegged') {
    const premiumBps = Math.round(asking.premium * Number(BPS));
    return { pricePerUnitPeriod: weiOf(provider.floor), premiumBps, ceiling: CEILING };
  }
  if (mechanism.kind === 'posted') return fixedAt(Math.max(provider.floor, asking.price));
  return provider.floor <= mechanism.price ? fixedAt(mechanism.price) : undefined;
}

/** @param utilisation share of the provider's capacity that is let */
export function learn(mechanism: Mechanism, provider: ProviderKind, asking: Asking, utilisation: number): Asking {
  if (mechanism.kind === 'posted') {
    return { ...asking, price: Math.max(provider.floor, moved(asking.price, utilisation, PRICE_RULE)) };
  }
  if (mechanism.kind === 'fixed' || !mechanism.tuned) return asking;
  const premium = moved(asking.premium, utilisation, PREMIUM_RULE);
  return { ...asking, premium: Math.min(MAX_PREMIUM, Math.max(MIN_PREMIUM, premium)) };
}

function fixedAt(price: number): AskPricing {
  return { pricePerUnitPeriod: weiOf(price), premiumBps: 0, ceiling: 0n };
}

function moved(
  value: number,
  utilisation: number,
  rule: { readonly full: number; readonly up: number; readonly empty: number; readonly down: number },
): number {
  if (utilisation > rule.full) return value * rule.up;
  return utilisation < rule.empty ? value * rule.down : value;
}
