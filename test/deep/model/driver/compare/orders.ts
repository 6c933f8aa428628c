import { bidPrice, reservedOf } from '../../market/bids.ts';
import type { Stage } from '../set-up.ts';
import type { Comparison, Differences } from './differences.ts';

/** Entries of the index's history that are compared. */
const HISTORY = 5;

export const compareBids: Comparison = async ({ chain, market }, differences) => {
  const { bids, accounts } = market;
  differences.same('bids', await chain.view('orderBook', 'bidCount'), bids.count);
  let behind = 0n;
  for (const [id, bid] of bids.open()) {
    const { terms, client, postedAt, shardsLeft } = bid;
    const onChain = (await chain.view('orderBook', 'bids', id)) as { terms: unknown };
    differences.sameFields(`bid ${id}`, onChain, { client, postedAt, shardsLeft });
    differences.sameFields(`terms of bid ${id}`, onChain.terms, { ...terms });
    differences.same(`price of bid ${id}`, await chain.view('orderBook', 'bidPrice', id), bidPrice(market, bid));
    behind += reservedOf(market, terms) * BigInt(shardsLeft);
  }
  differences.same('what is behind bids', accounts.lockedBy('orderBook'), behind);
};

export const compareIndex: Comparison = async ({ chain, market }: Stage, differences: Differences) => {
  const { priceIndex, registry, agreements, duties } = market;
  const [level, signal] = (await chain.view('priceIndex', 'current')) as [unknown, unknown];
  const { index, period, utilisation, flow } = priceIndex.reading();
  const { committed, bonded, sold, entryCount: entries } = priceIndex;
  differences.sameFields('level of the index', level, {
    index,
    period: Math.max(period, market.clock.period),
    committed,
    bonded,
  });
  differences.sameFields('signal of the index', signal, { utilisation, flow, sold, entries, ...priceIndex.counted });
  differences.same('quote', await chain.view('priceIndex', 'quote'), priceIndex.quote());
  const history = (await chain.view('priceIndex', 'history', BigInt(HISTORY))) as unknown[];
  const expected = priceIndex.history(HISTORY);
  differences.same('entries of the index', history.length, expected.length);
  for (const [i, entry] of expected.entries())
    differences.sameFields(`entry ${i} of the index`, history[i], { ...entry });

  const capacities = registry.ids().reduce((sum, id) => sum + registry.get(id).capacity, 0);
  differences.same('capacities together', bonded, capacities);
  const live = agreements.all().filter(({ status }) => status === 'Active');
  differences.same(
    'units under agreements',
    committed,
    live.reduce((sum, { id }) => sum + duties.unitsOf(id), 0),
  );
};
