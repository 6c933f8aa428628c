import { openingsOf } from '../../market/auditing.ts';
import type { Comparison } from './differences.ts';

export const compareAudits: Comparison = async ({ chain, market, samples }, differences, everything) => {
  const all = market.audits.all();
  differences.same('audits', await chain.view('audits', 'auditCount'), all.length);
  const chosen = all.filter(([, { open }]) => everything || open || samples.chance(0.1));
  for (const [number, audit] of chosen) {
    differences.sameFields(`audit ${number}`, await chain.view('audits', 'audits', number), { ...audit });
    if (!audit.open) continue;
    const leaves = openingsOf(market, number).map(({ leaf }) => leaf);
    differences.same(`leaves of audit ${number}`, await chain.view('audits', 'leavesOf', number), leaves);
  }
};

export const compareSessions: Comparison = async ({ chain, market }, differences) => {
  for (const { owner, key, ...session } of market.sessions.all()) {
    const [budget, expiry] = (await chain.view('escrow', 'sessions', owner, key)) as [bigint, number];
    differences.sameFields(`session of ${key} for ${owner}`, { budget, expiry }, session);
  }
};
