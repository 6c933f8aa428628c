import type { Comparison } from './differences.ts';

export const compareDemands: Comparison = async ({ chain, market, samples }, differences, everything) => {
  const { accounts, demands } = market;
  const all = demands.all();
  differences.same('demands', await chain.view('demands', 'demandCount'), all.length);
  for (const [number, demand] of all.filter(([, { open }]) => everything || open || samples.chance(0.1)))
    differences.sameFields(`demand ${number}`, await chain.view('demands', 'demands', number), { ...demand });
  const bonds = demands.params.bond * BigInt(all.filter(([, { open }]) => open).length);
  differences.same('bonds of open demands', accounts.lockedBy('demands'), bonds);
};
