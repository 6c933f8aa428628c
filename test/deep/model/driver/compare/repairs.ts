import type { Comparison } from './differences.ts';

/** Of failed agreements, so many at a time, unless everything is compared. */
const SAMPLE = 6;

export const compareRepairs: Comparison = async ({ chain, market, samples }, differences, everything) => {
  const { agreements, repairs } = market;
  const failed = agreements.all().filter(({ status }) => status === 'Failed');
  const chosen = everything
    ? failed
    : Array.from({ length: Math.min(SAMPLE, failed.length) }, () => samples.pick(failed));
  for (const { id, rent, price } of chosen) {
    differences.same(`units lost with ${id}`, await chain.view('agreements', 'lostUnitsOf', id), rent / price);
    const posted = repairs.get(id) ?? { bidId: 0n };
    differences.sameFields(`repair of ${id}`, await chain.view('repairs', 'repairs', id), { ...posted });
  }
};

export const compareCatalog: Comparison = async ({ chain, market, world, samples }, differences, everything) => {
  const { catalog } = market;
  const people = [...world.clients, ...world.operators, world.stranger];
  for (const owner of everything ? people : [samples.pick(people)])
    differences.same(`published key of ${owner}`, await chain.view('catalog', 'keyOf', owner), catalog.keyOf(owner));
  const shares = catalog.shares();
  const chosen = everything
    ? shares
    : Array.from({ length: Math.min(SAMPLE, shares.length) }, () => samples.pick(shares));
  for (const { owner, objectKey, reader } of chosen) {
    for (const who of [reader, samples.pick(people)]) {
      const args = [owner, objectKey, who] as const;
      const until = await chain.view('catalog', 'sharedUntil', ...args);
      differences.same(`share of ${objectKey} with ${who}`, until, catalog.sharedUntil(...args));
      const may = await chain.view('catalog', 'mayRead', ...args);
      differences.same(`whether ${who} may read ${objectKey}`, may, catalog.mayRead(...args));
    }
  }
};
