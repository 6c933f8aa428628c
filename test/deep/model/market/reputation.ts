import { MAX_UINT96, type Undoable, copyRecords } from './types.ts';

export interface ReputationParams {
  newcomer: bigint;
  halfLifePeriods: number;
  badWeight: number;
  fullClients: number;
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

/** Clients whose account numbers agree modulo this are taken for one. */
const SKETCH = 112;

/** IReputation: score = g / (g + badWeight bad + newcomer), good and bad halving every half-life; g is the share of good that the distinct clients of this half-life and the last allow. */
export class Reputation implements Undoable {
  readonly #params: ReputationParams;
  #records = new Map<number, Record>();
  /** By provider and half-life: which clients were counted, by account number modulo the sketch's width. */
  #clients = new Map<string, Set<number>>();

  constructor(params: ReputationParams) {
    this.#params = params;
  }

  save(): () => void {
    const records = copyRecords(this.#records);
    const clients = new Map([...this.#clients].map(([key, set]) => [key, new Set(set)]));
    return () => {
      this.#records = records;
      this.#clients = clients;
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
    const whole = this.#decay(good, updated, period);
    const full = this.#params.fullClients;
    const goodNow = (whole * BigInt(Math.min(Math.max(1, this.clientCount(provider, period)), full))) / BigInt(full);
    const badNow = this.#decay(bad, updated, period) * BigInt(this.#params.badWeight);
    return (goodNow * WHOLE) / (goodNow + badNow + this.#params.newcomer);
  }

  countClient(provider: number, account: number, period: number): void {
    const key = this.#epochKey(provider, this.#epochOf(period));
    this.#clients.set(key, (this.#clients.get(key) ?? new Set()).add(account % SKETCH));
  }

  /** Distinct clients counted in the half-life of `period` or the one before. */
  clientCount(provider: number, period: number): number {
    return this.#counted(provider, this.#epochOf(period)).size;
  }

  #counted(provider: number, epoch: number): Set<number> {
    const of = (one: number): Set<number> => this.#clients.get(this.#epochKey(provider, one)) ?? new Set();
    return new Set([...of(epoch), ...of(epoch - 1)]);
  }

  #epochOf(period: number): number {
    return Math.floor(period / this.#params.halfLifePeriods);
  }

  #epochKey(provider: number, epoch: number): string {
    return `${provider}/${epoch}`;
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
