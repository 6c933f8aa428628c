import type { SimulationRecord } from '../record.ts';
import { cheatNotes, cheatTable, marketTable } from './tables.ts';

const MARKET_HEAD =
  'Prices: 1 = the scale of costs, for a TiB and month. Sums: thousands of that. Mean ± standard error over the seeds.';
const CHEATS_HEAD = "Cheats: months of the provider's rent, over a year.";

/** All that a simulation says, for people. */
export function reportOf({ init, cases, cheats, verdicts }: SimulationRecord): string {
  const met = verdicts.filter((verdict) => verdict.met).length;
  const { seeds, days, providers, years } = init;
  return [
    ...(cases.length > 1 ? [MARKET_HEAD, marketTable(cases)] : []),
    ...(cheats.length > 0 ? [CHEATS_HEAD, cheatTable(cheats), cheatNotes(cheats)] : []),
    verdicts.map(({ sentence }) => sentence).join('\n'),
    `${met} of ${verdicts.length} verdicts met: ${seeds} seeds, ${days} days, ${providers} providers, ${years} years of a cheat`,
  ].join('\n\n');
}
