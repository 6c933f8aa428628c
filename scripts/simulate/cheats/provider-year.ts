import {
  type LadderState,
  type Slash,
  WHOLE,
  heldBackOf,
  nextStrike,
  remainingOf,
  shareSlash,
} from '../../../node/audit/formulas.ts';
import type { Random } from '../random.ts';
import { DEFAULTS, NODE_ASK } from '../scale.ts';

/** What the storage costs a provider, over its rent: it saves as much when it stores nothing. Generous to the cheat. */
export const COST_SHARE = 0.7;
/** Agreements follow each other, each as long as this. */
export const TERM = 90;
/** Four terms. */
export const YEAR = 360;
/** The default of a provider's node. */
export const COLLATERAL_PERIODS = NODE_ASK.collateralPeriods;
/** A machine breaks every so many days, and is away for a third of one on average. */
const OUTAGE_EVERY = 60;
const OUTAGE_DAYS = 8 / 24;

/** What a provider does. */
export interface Conduct {
  /** Share of everything that it holds which it does not have, in a period of the year. */
  readonly missing: (period: number) => number;
  /** Share of its storage costs that this saves; what is missing, unless it padded its draws with what costs nothing. */
  readonly saving?: (period: number) => number;
}

/** Token wei over the year. */
export interface YearOutcome {
  readonly rentReceived: bigint;
  /** Storage, as far as it was paid for. */
  readonly costs: bigint;
  /** Collateral that was taken, and fees of reports. */
  readonly slashed: bigint;
  readonly reportFees: bigint;
  /** What clients paid for rent, and what they got back, compensation included. */
  readonly clientsPaid: bigint;
  readonly clientsGot: bigint;
  readonly burned: bigint;
  /** Period in which it failed for good. */
  readonly failedAt: number | undefined;
}

const { healPeriods, ladderBps, compensationBps, reportFee } = DEFAULTS.collateral;
const LADDER = { healPeriods, ladderBps: ladderBps.map(BigInt) };
const HOLDBACK_BPS = BigInt(DEFAULTS.agreements.holdbackBps);
const PPM = 1_000_000;

/** A provider whose agreements begin and end together, for a year or until it fails. @param rent token wei a period */
export function providerYear(rent: bigint, conduct: Conduct, random: Random): YearOutcome {
  const year = new ProviderYear(rent, conduct, random);
  for (let start = 0; start < YEAR && year.failedAt === undefined; start += TERM) year.serve(start);
  return year;
}

class ProviderYear implements YearOutcome {
  rentReceived = 0n;
  costs = 0n;
  slashed = 0n;
  reportFees = 0n;
  clientsPaid = 0n;
  clientsGot = 0n;
  burned = 0n;
  failedAt: number | undefined;

  readonly #rent: bigint;
  readonly #conduct: Conduct;
  readonly #random: Random;
  readonly #slashes: Slash[] = [];
  /** Before the year nothing was missed for longer than it takes to heal. */
  #ladder: LadderState = { strikes: 0, lastMiss: -healPeriods - 1, index: WHOLE };
  #outage = { from: 0, until: 0 };

  constructor(rent: bigint, conduct: Conduct, random: Random) {
    this.#rent = rent;
    this.#conduct = conduct;
    this.#random = random;
    this.#nextOutage();
  }

  /** One agreement from its first period to its last, or to the provider's failure. */
  serve(start: number): void {
    const collateral = this.#rent * BigInt(COLLATERAL_PERIODS);
    this.clientsPaid += this.#rent * BigInt(TERM);
    let proven = 0;
    let period = start;
    for (; period < start + TERM && this.failedAt === undefined; period++) {
      this.#payForStorage(period);
      if (this.#misses(period)) this.#strike(period);
      else proven++;
    }
    const rent = this.#rent * BigInt(proven);
    const failed = this.failedAt !== undefined;
    const received = failed ? rent - heldBackOf(this.#rent, proven, HOLDBACK_BPS) : rent;
    const lost = collateral - remainingOf(this.#slashes, start, period, collateral);
    const { toClient, burned } = shareSlash(lost, BigInt(compensationBps));
    this.rentReceived += received;
    this.slashed += lost;
    this.clientsGot += this.#rent * BigInt(TERM) - received + toClient;
    this.burned += burned;
  }

  #payForStorage(period: number): void {
    const { missing, saving = missing } = this.#conduct;
    this.costs += (this.#rent * BigInt(Math.round(COST_SHARE * (1 - saving(period)) * PPM))) / BigInt(PPM);
  }

  /** Away for the whole period, or a draw finds what is missing. */
  #misses(period: number): boolean {
    while (this.#outage.until < period) this.#nextOutage();
    const away = this.#outage.from <= period && this.#outage.until >= period + 1;
    return away || this.#random.uniform() < foundOf(this.#conduct.missing(period));
  }

  #strike(period: number): void {
    this.#ladder = nextStrike(this.#ladder, period, LADDER);
    this.#slashes.push({ period, remaining: this.#ladder.index });
    this.reportFees += reportFee;
    if (this.#ladder.index === 0n) this.failedAt = period;
  }

  #nextOutage(): void {
    const from = this.#outage.until + this.#random.exponential(OUTAGE_EVERY);
    this.#outage = { from, until: from + this.#random.exponential(OUTAGE_DAYS) };
  }
}

/** Chance that one period's draws find that this share is missing: 1 - (1 - x)^draws. */
export function foundOf(missing: number): number {
  return 1 - (1 - missing) ** DEFAULTS.proofs.drawCount;
}

/** What the provider has at the year's end beyond the beginning, token wei: its stake is back. */
export function profitOf({ rentReceived, costs, slashed, reportFees }: YearOutcome): bigint {
  return rentReceived - costs - slashed - reportFees;
}
