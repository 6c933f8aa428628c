import { randomOf } from '../random.ts';
import { DAY_S, DEFAULTS, MONTH } from '../scale.ts';
import { type Estimate, estimateOf, meanOf } from '../statistics.ts';
import {
  COLLATERAL_PERIODS,
  COST_SHARE,
  type Conduct,
  TERM,
  YEAR,
  foundOf,
  profitOf,
  providerYear,
} from './provider-year.ts';
import { type CheatResult, RENT, carryOf, monthsOf } from './reference.ts';

const STREAM = 11;
const DROPPED = [1, 0.5, 0.1, 0.01, 0.001] as const;
/** Those that practically nobody survives for a year. */
const CAUGHT = [1, 0.5, 0.1, 0.01] as const;
/** Days before the end of each term from which nothing is stored. */
const LAST_DAYS = [1, 2, 3, 5, 10, 30] as const;
/** Times its real data that a provider lets to itself, in data that it can make up again. */
const PADDING = [1, 4, 10, 30, 100, 150, 200, 300, 500, 1_000] as const;
/** An object's data shards, of all its shards: so many of them an operator's own nodes need to rebuild the others. */
const DATA_SHARDS = 10;
const ALL_SHARDS = 30;
/** Share of all nodes that one operator runs under other names. */
const SIBLING_SHARES = [0.05, 0.1, 0.2, 0.3] as const;
const MARKET_NODES = 120;
const YEAR_DAYS = 365;

interface Played {
  readonly profit: Estimate;
  readonly failed: number;
  readonly failedAt: number;
}

/** Strategies of a provider that does not have what it is paid for. @param runs years for each */
export function droppingCheats(runs: number): CheatResult[] {
  const honest = play({ missing: () => 0 }, runs);
  return [
    ...DROPPED.map((x) => result(`drop ${percent(x)} of the data`, honest, play({ missing: () => x }, runs))),
    dropAtTheEnd(honest, runs),
    resultOf(
      'fetch what is drawn instead of storing it',
      honest,
      play({ missing: () => 1 }, runs),
      `strangers serve only their clients' tickets: unanswered, as if all were dropped. If reads were open, ${DEFAULTS.proofs.drawCount * DATA_SHARDS} a day would do, and pay up to ${breakEvenFee()} tokens each`,
    ),
    siblings(honest),
    padding(honest, runs),
    whitewash(honest, runs),
  ];
}

function play(conduct: Conduct, runs: number): Played {
  const random = randomOf(STREAM, STREAM);
  const outcomes = Array.from({ length: runs }, () => providerYear(RENT, conduct, random));
  const profits = outcomes.map((outcome) => monthsOf(profitOf(outcome)));
  const failures = outcomes.flatMap(({ failedAt }) => failedAt ?? []);
  return {
    profit: estimateOf(profits),
    failed: failures.length / runs,
    failedAt: failures.length === 0 ? Number.NaN : meanOf(failures),
  };
}

function result(name: string, honest: Played, cheat: Played): CheatResult {
  const ended = cheat.failed > 0 ? `, on day ${(cheat.failedAt + 1).toFixed(0)} on average` : '';
  return resultOf(name, honest, cheat, `${percent(cheat.failed)} are ended within the year${ended}`);
}

function resultOf(name: string, honest: Played, cheat: Played, note: string): CheatResult {
  const error = Math.hypot(honest.profit.error, cheat.profit.error);
  return { name, honest: honest.profit.mean, cheat: cheat.profit.mean, error, note };
}

/** All dropped for the last days of every term: the best of several numbers of days. */
function dropAtTheEnd(honest: Played, runs: number): CheatResult {
  const tries = LAST_DAYS.map((days) => {
    const missing = (period: number) => (period % TERM >= TERM - days ? 1 : 0);
    return { days, played: play({ missing }, runs) };
  });
  const best = tries.reduce((a, b) => (a.played.profit.mean >= b.played.profit.mean ? a : b));
  return resultOf(
    'drop all near the end of each term',
    honest,
    best.played,
    `the best of the last ${LAST_DAYS.join(', ')} days: ${best.days}. A day's rent is more than a day's storage`,
  );
}

/** Tokens for one read, at which storing nothing and reading everything that is drawn costs as much as storing. */
function breakEvenFee(): string {
  return (((Number(RENT) / 1e18) * COST_SHARE) / (DEFAULTS.proofs.drawCount * DATA_SHARDS)).toFixed(3);
}

/** An operator of many nodes drops what its other nodes' shards of the same object can rebuild. */
function siblings(honest: Played): CheatResult {
  const tries = SIBLING_SHARES.map((share) => {
    const nodes = share * MARKET_NODES;
    const saved = COST_SHARE * dispensable(share) * (YEAR / MONTH);
    const bonds = carryOf(DEFAULTS.collateral.bond, YEAR_DAYS) * (1 - 1 / nodes);
    return { share, saved, bonds };
  });
  const best = tries.reduce((a, b) => (a.saved - a.bonds >= b.saved - b.bonds ? a : b));
  return {
    name: "rebuild what is drawn from one's other nodes",
    honest: honest.profit.mean,
    cheat: honest.profit.mean + best.saved - best.bonds,
    error: 0,
    note: `the best of ${SIBLING_SHARES.map(percent).join(', ')} of all nodes: ${percent(best.share)}, ${percent(dispensable(best.share))} of the data dispensable, saves ${best.saved.toFixed(2)}; the bonds of the other names cost ${best.bonds.toFixed(2)} a node`,
  };
}

/** Mean share of an operator's shards beyond the data shards of an object, when each of its shards is on one of its nodes with this chance. */
function dispensable(share: number): number {
  let [beyond, held] = [0, 0];
  let chance = (1 - share) ** ALL_SHARDS;
  for (let shards = 0; shards <= ALL_SHARDS; shards++) {
    held += shards * chance;
    beyond += Math.max(0, shards - DATA_SHARDS) * chance;
    chance *= ((ALL_SHARDS - shards) / (shards + 1)) * (share / (1 - share));
  }
  return beyond / held;
}

/** All real data dropped, and its draws diluted by agreements with oneself over what costs nothing to store. */
function padding(honest: Played, runs: number): CheatResult {
  const { capacityBond } = DEFAULTS.collateral;
  const units = RENT / DEFAULTS.priceIndex.startPrice;
  const tries = PADDING.map((times) => {
    const missing = 1 / (times + 1);
    const played = play({ missing: () => missing, saving: () => 1 }, runs);
    const carry = carryOf(capacityBond * units * BigInt(times), YEAR_DAYS);
    return { times, played, carry, profit: played.profit.mean - carry };
  });
  const best = tries.reduce((a, b) => (a.profit >= b.profit ? a : b));
  return {
    name: "pad one's draws with agreements with oneself",
    honest: honest.profit.mean,
    cheat: best.profit,
    error: Math.hypot(honest.profit.error, best.played.profit.error),
    note: `${best.times} times its data, the best of ${PADDING.join(', ')}: found in ${percent(foundOf(1 / (best.times + 1)))} of the periods, and the bond of the padding costs ${best.carry.toFixed(1)} a year at 10%. No client audits it in this`,
  };
}

/** Cheats until it is ended, and comes back under another name at once, with as much to store as before. */
function whitewash(honest: Played, runs: number): CheatResult {
  const waits = carryOf(DEFAULTS.collateral.bond, DEFAULTS.collateral.unbondDelay / DAY_S);
  const tries = CAUGHT.map((x) => {
    const { profit, failedAt } = play({ missing: () => x }, runs);
    const lives = YEAR / (failedAt + 1);
    return { x, lives, profit: lives * (profit.mean - waits) };
  });
  const best = tries.reduce((a, b) => (a.profit >= b.profit ? a : b));
  return {
    name: 'cheat, and come back under a new name',
    honest: honest.profit.mean,
    cheat: best.profit,
    error: honest.profit.error,
    note: `the best of dropping ${CAUGHT.map(percent).join(', ')}: ${percent(best.x)}, ${best.lives.toFixed(1)} names a year; each loses ${COLLATERAL_PERIODS} days' rent, and a second bond waits for ${DEFAULTS.collateral.unbondDelay / DAY_S} days`,
  };
}

export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))}%`;
}
