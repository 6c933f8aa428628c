import type { Mechanism } from './market/mechanisms.ts';
import { DEFAULTS } from './scale.ts';

/** One line of the table. */
export interface Case {
  readonly name: string;
  readonly mechanism: Mechanism;
  /** ours: what is judged. rival: what it is judged against. other: shown beside them. */
  readonly role: 'ours' | 'rival' | 'other';
}

/** As a provider's node does it: `ask.premium-percent` stays where its operator set it. */
const OURS: Mechanism = { kind: 'pegged', bids: true, tuned: false };
/** As operators may do it who look every week, as those do who set their own prices. */
const RETUNED: Mechanism = { ...OURS, tuned: true };
const { startPrice } = DEFAULTS.priceIndex;
/** A slower index: 0.3% a day, for comparison. */
const SLOW_STEP = (3n * 10n ** 18n) / 1_000n;

/** 1.25 was the best single price of the reference model, found by trying: nobody knows it beforehand. The others are wrong guesses. */
const FIXED_PRICES = [0.6, 1, 1.25, 1.6, 2] as const;

export const OUR_CASE: Case = { name: 'ours', mechanism: OURS, role: 'ours' };

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
  { name: 'ours, premiums re-tuned weekly', mechanism: RETUNED, role: 'other' },
  { name: 're-tuned, index step 0.3%', mechanism: { ...RETUNED, index: { step: SLOW_STEP } }, role: 'other' },
  { name: 'ours, index starts at half', mechanism: { ...OURS, index: { startPrice: startPrice / 2n } }, role: 'other' },
  {
    name: 'ours, index starts at twice',
    mechanism: { ...OURS, index: { startPrice: startPrice * 2n } },
    role: 'other',
  },
];
