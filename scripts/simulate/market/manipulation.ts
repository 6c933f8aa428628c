import { quote } from '../../../node/market/quote.ts';
import { DEFAULTS, UNITS_PER_TIB } from '../scale.ts';
import type { IndexFeed } from './index-feed.ts';
import { type ProviderState, freeUnitsOf } from './provider.ts';
import { withRent } from './standing.ts';

/** An attempt to move the index, by some providers that own a share of the capacity. */
export interface Manipulation {
  /**
   * sham: in the last block of each period they let their idle capacity to themselves, and concede in the next block.
   * terms: one of them lets itself the few units whose longest term is more than the index counts of a period's sales, and concedes.
   * priced: as sham, but at the price that the index says instead of the least that the contracts take.
   * withhold: in the last block of each period they declare only what is let, and everything again in the next.
   */
  readonly kind: 'sham' | 'terms' | 'priced' | 'withhold';
  /** Share of the first day's capacity. */
  readonly share: number;
  /** Days: from the first to before the last. */
  readonly from: number;
  readonly until: number;
}

/** Terms on chain have 24 bits. */
const LONGEST_TERM = 2n ** 24n - 1n;
/** What the index counts of one period's sales, over the capacity: more is not needed. */
const COUNTED_SALES = 3n;
/** Term of a sham that is paid for: with it, a tenth of the capacity sells itself about as much as the index counts of sales. */
const PRICED_TERM = 10n;

const { burnBps, holdbackBps, minValue } = DEFAULTS.agreements;

/** The first providers that together own at least `share` of the first day's capacity. */
export function coalitionOf(providers: readonly ProviderState[], share: number): ProviderState[] {
  const first = providers.filter(({ born }) => born === 0);
  const total = first.reduce((sum, { kind }) => sum + kind.tib, 0);
  const members: ProviderState[] = [];
  for (let tib = 0; tib < share * total;) {
    const next = first[members.length];
    if (next === undefined) break;
    members.push(next);
    tib += next.kind.tib;
  }
  return members;
}

/** What the coalition does in the last block of a period; `undo` belongs into the first block of the next. */
export function manipulate(
  { kind }: Manipulation,
  members: readonly ProviderState[],
  feed: IndexFeed,
  period: number,
): { undo: () => void } {
  const undos: (() => void)[] = [];
  feed.toLastBlock(period);
  for (const provider of members) {
    if (provider.died !== undefined) continue;
    const idle = BigInt(freeUnitsOf(provider));
    if (idle === 0n) continue;
    if (kind === 'withhold') {
      const full = BigInt(provider.kind.tib * UNITS_PER_TIB);
      feed.capacity(period, full, full - idle);
      undos.push(() => {
        feed.capacity(period + 1, full - idle, full);
      });
      continue;
    }
    const { units, value } = shamOf(kind, idle, feed, period);
    payFor(provider, value, period);
    feed.sold(period, units, value);
    undos.push(() => {
      feed.ended(period + 1, units);
    });
    if (kind === 'terms') break;
  }
  return { undo: () => undos.forEach((undo) => undo()) };
}

/** An agreement with oneself. @return value token wei that the contracts want it to be worth, or that the index says */
function shamOf(
  kind: 'sham' | 'terms' | 'priced',
  idle: bigint,
  feed: IndexFeed,
  period: number,
): { units: bigint; value: bigint } {
  if (kind === 'priced') return { units: idle, value: feed.quote(period) * idle * PRICED_TERM };
  const counted = COUNTED_SALES * feed.bonded;
  const units = kind === 'terms' ? least(idle, counted / LONGEST_TERM + 1n) : idle;
  return { units, value: minValue };
}

/** The burn is gone; the rent comes back, and the collateral of one period of it is next to nothing. What is conceded is held against it. */
function payFor(provider: ProviderState, value: bigint, period: number): void {
  const { burn } = quote({
    shards: [{ pricePerUnitPeriod: value, units: 1, periods: 1 }],
    burnBps: BigInt(burnBps),
    holdbackBps: BigInt(holdbackBps),
  });
  provider.shamCosts += burn;
  provider.standing = withRent(provider.standing, period, { bad: value });
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
