import { burnOf } from '../../../node/audit/formulas.ts';
import { DEFAULT_SCORE_WEIGHT } from '../../../node/market/preference.ts';
import { NEW_STANDING, type Standing, scoreAt, withRent } from '../market/standing.ts';
import { DEFAULTS, MONTH } from '../scale.ts';
import { COST_SHARE, YEAR } from './provider-year.ts';
import { type CheatResult, RENT, carryOf, monthsOf } from './reference.ts';

/** Days that a new provider deals with itself before its first client comes. */
const WASH_DAYS = 30;
/** Rent a day of the agreements with itself, over the rent of its disks: a price can be anything. */
const WASHES = [0, 0.1, 0.3, 1, 2, 3, 5, 10, 20, 50] as const;
/** Share of its disks that a provider lets: the index's target. */
const LET = Number(DEFAULTS.priceIndex.target) / 1e18;
/** A provider with clients of its own gets a new one so often, days. */
const CLIENT_EVERY = 3;
const NAMES = [2, 5, 20] as const;
const BURN_BPS = BigInt(DEFAULTS.agreements.burnBps);
const PPM = 1_000_000;
/** Long enough for a score to settle: ten half-lives. */
const SETTLED = 900;

interface Path {
  /** Months of the reference provider's rent: what a year's business brings, less storage. */
  readonly profit: number;
  readonly score: number;
}

interface YearInit {
  readonly size?: number;
  readonly wash?: number;
  readonly before?: number;
  readonly unserved?: number;
}

/**
 * A year of a provider that always lets the same share of its disks, and to that end asks for as much as makes it as attractive as one of the best score:
 * p = rent / (1 + w (1 - score)).
 * @param size over the reference provider's
 * @param wash rent a day, over that of its disks, with which it deals with itself in the first days
 * @param before days that went by already
 * @param unserved days that its agreements had left when it conceded all of them, after those days
 */
function yearOf({ size = 1, wash = 0, before = 0, unserved = 0 }: YearInit): Path {
  let standing: Standing = NEW_STANDING;
  const rentAt = (score: number): bigint => share(RENT, (size * LET) / (1 + DEFAULT_SCORE_WEIGHT * (1 - score)));
  const washed = share(RENT, size * wash);
  let [profit, score] = [0n, 0];
  for (let day = 0; day < before + YEAR; day++) {
    const atIt = wash > 0 && day < WASH_DAYS;
    const clients = wash > 0 ? DEFAULTS.reputation.fullClients : Math.floor(day / CLIENT_EVERY);
    if (day === before && unserved > 0) {
      standing = withRent(standing, day, { bad: share(RENT, size * LET) * BigInt(unserved) });
    }
    score = scoreAt(standing, day, clients);
    const rent = rentAt(score);
    standing = withRent(standing, day, { good: atIt ? rent + washed : rent });
    if (day >= before) profit += rent - share(RENT, size * LET * COST_SHARE) - (atIt ? burnOf(washed, BURN_BPS) : 0n);
  }
  // What it pays itself lies in the escrow for half of those days on average.
  return { profit: monthsOf(profit) - carryOf((washed * BigInt(WASH_DAYS)) / 2n, WASH_DAYS), score };
}

/** Strategies that are about scores. */
export function reputationCheats(): CheatResult[] {
  return [washing(), sybils(), newName()];
}

function washing(): CheatResult {
  const tries = WASHES.slice(1).map((times) => ({ times, ...yearOf({ wash: times }) }));
  const best = tries.reduce((a, b) => (a.profit >= b.profit ? a : b));
  const breakEven = DEFAULT_SCORE_WEIGHT / LET;
  return {
    name: 'wash a reputation by dealing with oneself',
    honest: yearOf({}).profit,
    cheat: best.profit,
    error: 0,
    note: `${best.times} times its own rent for ${WASH_DAYS} days, the best of ${WASHES.slice(1).join(', ')}. The first token washed moves prices by more than it burns unless score weight ≤ burn × share let (${((Number(BURN_BPS) * LET) / 1e4).toFixed(3)}, and it is ${DEFAULT_SCORE_WEIGHT}), or burn ≥ ${(100 * breakEven).toFixed(0)}%`,
  };
}

/** One provider under several names: each has its own newcomer's handicap and bond. */
function sybils(): CheatResult {
  const bond = carryOf(DEFAULTS.collateral.bond, YEAR);
  const tries = NAMES.map((names) => {
    const { profit, score } = yearOf({ size: 1 / names, before: SETTLED });
    return { names, score, profit: names * (profit - bond) };
  });
  const best = tries.reduce((a, b) => (a.profit >= b.profit ? a : b));
  const one = yearOf({ before: SETTLED });
  return {
    name: 'split into several names',
    honest: one.profit - bond,
    cheat: best.profit,
    error: 0,
    note: `the best of ${NAMES.join(', ')} names: ${best.names}, with a score of ${best.score.toFixed(2)} each instead of ${one.score.toFixed(2)}; every bond costs ${bond.toFixed(2)} a year`,
  };
}

/** What it costs to leave a good record behind: the part of a whitewash that is not a slash. */
function newName(): CheatResult {
  const [established, fresh] = [yearOf({ before: SETTLED }), yearOf({})];
  const waits = carryOf(DEFAULTS.collateral.bond, DEFAULTS.collateral.unbondDelay / (24 * 3_600));
  const perMonth = established.profit / (YEAR / MONTH);
  return {
    name: 'start over under a new name, otherwise honest',
    honest: established.profit,
    cheat: fresh.profit - waits,
    error: 0,
    note: `costs ${((established.profit - fresh.profit + waits) / perMonth).toFixed(1)} months of its profit`,
  };
}

/**
 * What it costs an established provider to concede everything that it holds, by its record alone: unserved rent counts ten times. To concede all at once is the
 * cheapest way: its score cannot fall below 0.
 * @param unserved days that the agreements had left
 * @return days of its rent, over the year after
 */
export function recordCostOf(unserved: number): number {
  const loss = yearOf({ before: SETTLED }).profit - yearOf({ before: SETTLED, unserved }).profit;
  return (loss * MONTH) / LET;
}

function share(wei: bigint, part: number): bigint {
  return (wei * BigInt(Math.round(part * PPM))) / BigInt(PPM);
}
