import { MAX_UINT96, type Undoable, copyRecords } from './types.ts';

export interface ReputationParams {
  newcomer: bigint;
  halfLifePeriods: number;
  badWeight: number;
}

export interface Record {
  good: bigint;
  bad: bigint;
  updated: number;
  missed: number;
  kept: number;
  failed: number;
  handedOver: number;
  audited: number;
}

const WHOLE = 10n ** 18n;

/** IReputation: score = good / (good + badWeight bad + newcomer), good and bad halving every half-life. */
export class Reputation implements Undoable {
  readonly #params: ReputationParams;
  #records = new Map<number, Record>();

  constructor(params: ReputationParams) {
    this.#params = params;
  }

  save(): () => void {
    const records = copyRecords(this.#records);
    return () => {
      this.#records = records;
    };
  }

  get(provider: number): Record {
    let record = this.#records.get(provider);
    if (record === undefined) {
      record = { good: 0n, bad: 0n, updated: 0, missed: 0, kept: 0, failed: 0, handedOver: 0, audited: 0 };
      this.#records.set(provider, record);
    }
    return record;
  }

  recordProven(provider: number, period: number, rent: bigint): void {
    this.#add(provider, period, rent, 0n);
  }

  recordMissed(provider: number, period: number, rent: bigint, missed: number): void {
    this.#add(provider, period, 0n, rent);
    this.get(provider).missed += missed;
  }

  recordFailed(provider: number, period: number, value: bigint): void {
    this.#add(provider, period, 0n, value);
    this.get(provider).failed += 1;
  }

  score(provider: number, period: number): bigint {
    const { good, bad, updated } = this.get(provider);
    const goodNow = this.#decay(good, updated, period);
    const badNow = this.#decay(bad, updated, period) * BigInt(this.#params.badWeight);
    return (goodNow * WHOLE) / (goodNow + badNow + this.#params.newcomer);
  }

  #add(provider: number, period: number, good: bigint, bad: bigint): void {
    const record = this.get(provider);
    record.good = atMost96(this.#decay(record.good, record.updated, period) + good);
    record.bad = atMost96(this.#decay(record.bad, record.updated, period) + bad);
    record.updated = Math.max(record.updated, period);
  }

  /**
   * f(p) halves at each multiple of the half-life h and falls in a straight line between: 2^-floor(p / h) (2h - p mod h) / 2h. A value
   * carried from one period to a later one is multiplied by f(to) / f(from) and rounded down.
   */
  #decay(value: bigint, from: number, to: number): bigint {
    if (to <= from) return value;
    const h = this.#params.halfLifePeriods;
    const halvings = BigInt(Math.floor(to / h) - Math.floor(from / h));
    return (value * BigInt(2 * h - (to % h))) / (BigInt(2 * h - (from % h)) * 2n ** halvings);
  }
}

function atMost96(value: bigint): bigint {
  return value > MAX_UINT96 ? MAX_UINT96 : value;
}
