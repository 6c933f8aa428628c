import { assert } from '../core/assert.ts';

/**
 * Share of providers that are taken to vanish with everything in a year: some three times what large operators report of their disks (1.4%), since whole machines and
 * their owners leave as well.
 */
export const YEARLY_LOSS = 0.05;
/** A shorter term is reckoned as one of a season: whoever stores for a week means to renew. */
export const LEAST_DAYS = 90;
const YEAR_DAYS = 365;
/** What goes at once in the bad case: a region, a hosting company, a client software with a flaw. */
const THIRD = 3;

/** Below this chance of getting an object back at the end of its term, it is not stored unless somebody insists: one in a thousand is lost. */
export const LEAST_RECOVERY = 0.999;
/** Below this chance after a third of all providers went at once, neither: rather lost than not. */
export const LEAST_RECOVERY_OF_THIRD = 0.5;

export interface DurabilityInit {
  /** Shards that give the object back. */
  readonly k: number;
  /** Shards that are there, each with a provider of its own. */
  readonly n: number;
  /** Providers that the market has, at least n. */
  readonly providers: number;
  /** Days for which it is stored. */
  readonly days: number;
}

/** Chances to get an object back, 0 to 1, without any repair. */
export interface Durability {
  /** Days that were reckoned with. */
  readonly days: number;
  /** With providers that vanish independently of each other. */
  readonly independent: number;
  /** With a third of all providers, drawn by lot, gone at once, and the others as above. */
  readonly thirdGone: number;
}

/** The chance that at least k of n shards are there at the end: a binomial tail; and with a third gone, one over a hypergeometric draw. */
export function durabilityOf({ k, n, providers, days }: DurabilityInit): Durability {
  assert(k >= 1 && n >= 0 && days >= 0, 'a code and a term');
  const reckoned = Math.max(LEAST_DAYS, days);
  const stays = (1 - YEARLY_LOSS) ** (reckoned / YEAR_DAYS);
  const independent = atLeast(k, n, stays);
  const market = Math.max(providers, n);
  const goneChances = drawn(n, Math.floor(market / THIRD), market);
  const thirdGone = goneChances.reduce((sum, chance, gone) => sum + chance * atLeast(k, n - gone, stays), 0);
  return { days: reckoned, independent, thirdGone: Math.min(1, thirdGone) };
}

/** Chance that at least k of n are there, each with the chance p. */
function atLeast(k: number, n: number, p: number): number {
  let there = [1];
  for (let i = 0; i < n; i++) {
    const next = Array.from({ length: there.length + 1 }, () => 0);
    for (const [count, chance] of there.entries()) {
      next[count]! += chance * (1 - p);
      next[count + 1]! += chance * p;
    }
    there = next;
  }
  return Math.min(
    1,
    there.slice(k).reduce((sum, chance) => sum + chance, 0),
  );
}

/** Chances that 0, 1, … of n are among `gone` of `market`. */
function drawn(n: number, gone: number, market: number): number[] {
  let hit = [1];
  for (let i = 0; i < n; i++) {
    const next = Array.from({ length: hit.length + 1 }, () => 0);
    for (const [count, chance] of hit.entries()) {
      const among = Math.max(0, gone - count) / (market - i);
      next[count]! += chance * (1 - among);
      next[count + 1]! += chance * among;
    }
    hit = next;
  }
  return hit;
}

/** Whether an object of these chances is stored without somebody insisting. */
export function isDurable({ independent, thirdGone }: Durability): boolean {
  return independent >= LEAST_RECOVERY && thirdGone >= LEAST_RECOVERY_OF_THIRD;
}
