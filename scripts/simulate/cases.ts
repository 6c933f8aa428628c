import { DEFAULTS } from './scale.ts';
import type { Mechanism } from './market/mechanisms.ts';

/** One line of the table. */
export interface Case {
  readonly name: string;
  readonly mechanism: Mechanism;
  /** ours: what is judged. rival: what it is judged against. other: shown beside them. */
  readonly role: 'ours' | 'rival' | 'other';
}

const OURS: Mechanism = { kind: 'pegged', bids: true, tuned: true };
const { startPrice } = DEFAULTS.priceIndex;

/** 1.25 was the best single price of the reference model, found by trying: nobody knows it beforehand. The others are wrong guesses. */
const FIXED_PRICES = [0.6, 1, 1.25, 1.6, 2] as const;

export const OUR_CASE: Case = { name: 'pegged asks and bids', mechanism: OURS, role: 'ours' };

/** Every way to find a price that is compared, under the same seeds. */
export const CASES: readonly Case[] = [
  OUR_CASE,
  ...FIXED_PRICES.map((price): Case => ({
    name: `fixed price ${price.toFixed(2)}`,
    mechanism: { kind: 'fixed', price },
    role: 'rival',
  })),
  { name: 'own posted asks', mechanism: { kind: 'posted', bids: false }, role: 'rival' },
  { name: 'own posted asks and bids', mechanism: { kind: 'posted', bids: true }, role: 'other' },
  { name: 'pegged asks, no bids', mechanism: { ...OURS, bids: false }, role: 'other' },
  { name: 'ours, premiums never moved', mechanism: { ...OURS, tuned: false }, role: 'other' },
  { name: 'ours, index starts at half', mechanism: { ...OURS, index: { startPrice: startPrice / 2n } }, role: 'other' },
  {
    name: 'ours, index starts at twice',
    mechanism: { ...OURS, index: { startPrice: startPrice * 2n } },
    role: 'other',
  },
];
