import type { Clock } from './clock.ts';
import type { Maintenance } from './maintenance.ts';
import { need } from './refusal.ts';
import type { Reputation } from './reputation.ts';
import type { Stakes } from './stakes.ts';
import { type Hex, MAX_UINT32, type Undoable } from './types.ts';

/** One agreement's shard at its provider. */
export interface Holding {
  id: bigint;
  root: Hex;
  units: number;
  rent: bigint;
  addedIn: number;
  removedIn: number | undefined;
  conceded: boolean;
}

export interface Duty {
  /** All that it ever held, in order: an agreement's place in the list is the lower half of its id. */
  holdings: Holding[];
  proven: Set<number>;
  /** Periods up to this one were looked at for misses. */
  checkedThrough: number;
  failed: boolean;
  /** The last period in which the set changed, and the set's units, length and rent when that period opened. */
  touched: number;
  unitsAtOpen: number;
  leavesAtOpen: number;
  rentAtOpen: bigint;
}

/** IPossessionProofs but for the proofs themselves: who holds what in which period, and which periods went by without a proof. */
export class Duties implements Undoable {
  readonly #clock: Clock;
  readonly #stakes: Stakes;
  readonly #reputation: Reputation;
  readonly #maintenance: Maintenance;
  #duties = new Map<number, Duty>();

  constructor(clock: Clock, stakes: Stakes, reputation: Reputation, maintenance: Maintenance) {
    this.#clock = clock;
    this.#stakes = stakes;
    this.#reputation = reputation;
    this.#maintenance = maintenance;
  }

  save(): () => void {
    const duties = new Map([...this.#duties].map(([id, duty]) => [id, copyDuty(duty)]));
    return () => {
      this.#duties = duties;
    };
  }

  get(provider: number): Duty {
    let duty = this.#duties.get(provider);
    if (duty === undefined) {
      duty = {
        holdings: [],
        proven: new Set(),
        checkedThrough: 0,
        failed: false,
        touched: 0,
        unitsAtOpen: 0,
        leavesAtOpen: 0,
        rentAtOpen: 0n,
      };
      this.#duties.set(provider, duty);
    }
    return duty;
  }

  /** The shards that a period's leaves are drawn from: what was held when it opened. */
  setOf(provider: number, period: number): Holding[] {
    const { failed, holdings } = this.get(provider);
    if (failed) return [];
    return holdings.filter(
      ({ addedIn, removedIn }) => addedIn < period && (removedIn === undefined || removedIn >= period),
    );
  }

  /** What is held now; nothing of a provider that failed. */
  heldNow(provider: number): Holding[] {
    const { failed, holdings } = this.get(provider);
    return failed ? [] : holdings.filter(({ removedIn }) => removedIn === undefined);
  }

  holding(id: bigint): Holding | undefined {
    return this.get(Number(id >> 32n)).holdings[Number(id & MAX_UINT32)];
  }

  /** Units of an agreement; 0 once removed. */
  unitsOf(id: bigint): number {
    const holding = this.holding(id);
    return holding === undefined || holding.removedIn !== undefined ? 0 : holding.units;
  }

  /** Periods that are over, in which something was held, and that were neither proven nor recorded nor declared for maintenance. */
  unrecorded(provider: number): number[] {
    const { proven, checkedThrough } = this.get(provider);
    const missed: number[] = [];
    for (let period = checkedThrough + 1; period < this.#clock.period; period += 1) {
      if (proven.has(period) || this.#maintenance.covers(provider, period)) continue;
      if (this.setOf(provider, period).length > 0) missed.push(period);
    }
    return missed;
  }

  /**
   * Records and slashes what was missed, one uninterrupted stretch after the other; returns how many periods.
   * @param reporter account that the report fee waits for; 0 for nobody's
   */
  record(provider: number, reporter = 0): number {
    const duty = this.get(provider);
    const missed = this.unrecorded(provider);
    let [recorded, account] = [0, reporter];
    for (const stretch of uninterrupted(missed)) {
      // Once the provider has failed, nothing more is owed.
      if (duty.failed) break;
      let rent = 0n;
      for (const period of stretch) rent += rentOf(this.setOf(provider, period));
      this.#stakes.strike(provider, stretch, account);
      account = 0;
      duty.failed = this.#stakes.hasFailed(provider);
      this.#reputation.recordMissed(provider, stretch.at(-1) ?? 0, rent, stretch.length);
      recorded += stretch.length;
    }
    duty.checkedThrough = this.#clock.period - 1;
    return recorded;
  }

  recordMisses(provider: number, reporter: number): void {
    need(this.record(provider, reporter) !== 0, 'PossessionProofs_NothingMissed', provider);
  }

  /** Says that the provider may not prove from `fromPeriod` on; what lies behind is judged by what was declared for it. */
  declareMaintenance(provider: number, fromPeriod: number, periods: number): void {
    this.#maintenance.requireAllowed(provider, fromPeriod, periods);
    this.record(provider);
    this.#maintenance.declare(provider, fromPeriod, periods);
  }

  /** Adds a shard, drawn from the next period on; returns the agreement's id. */
  add(provider: number, root: Hex, units: number, rent: bigint): bigint {
    this.record(provider);
    const duty = this.get(provider);
    need(!duty.failed, 'PossessionProofs_ProviderFailed', provider);
    const fits = BigInt(unitsOf(this.heldNow(provider)) + units) <= MAX_UINT32;
    need(fits, 'PossessionProofs_ProviderFull', provider);
    this.#touch(provider);
    const id = (BigInt(provider) << 32n) | BigInt(duty.holdings.length);
    const addedIn = this.#clock.period;
    duty.holdings.push({ id, root, units, rent, addedIn, removedIn: undefined, conceded: false });
    return id;
  }

  /** Takes a shard out, from the next period on. */
  remove(id: bigint, conceded: boolean): void {
    const provider = Number(id >> 32n);
    this.record(provider);
    const holding = this.holding(id);
    if (holding === undefined || holding.removedIn !== undefined) throw new Error(`${id} is not held`);
    // Of a failed provider's set nothing was left before.
    if (!this.get(provider).failed) this.#touch(provider);
    holding.removedIn = this.#clock.period;
    holding.conceded = conceded;
  }

  prove(provider: number, period: number): void {
    this.get(provider).proven.add(period);
    this.#reputation.recordProven(provider, period, rentOf(this.setOf(provider, period)));
  }

  /** Whether nothing is owed of the current period. */
  isDischarged(provider: number): boolean {
    const period = this.#clock.period;
    const { failed, proven } = this.get(provider);
    return !failed && (proven.has(period) || this.setOf(provider, period).length === 0);
  }

  #touch(provider: number): void {
    const duty = this.get(provider);
    if (duty.touched === this.#clock.period) return;
    duty.touched = this.#clock.period;
    const held = this.heldNow(provider);
    duty.unitsAtOpen = unitsOf(held);
    duty.leavesAtOpen = duty.holdings.length;
    duty.rentAtOpen = rentOf(held);
  }
}

export function unitsOf(holdings: readonly Holding[]): number {
  return holdings.reduce((sum, { units }) => sum + units, 0);
}

export function rentOf(holdings: readonly Holding[]): bigint {
  return holdings.reduce((sum, { rent }) => sum + rent, 0n);
}

/** Periods in order, parted where one is left out. */
function uninterrupted(periods: readonly number[]): number[][] {
  const stretches: number[][] = [];
  for (const period of periods) {
    const last = stretches.at(-1);
    if (last !== undefined && last.at(-1) === period - 1) last.push(period);
    else stretches.push([period]);
  }
  return stretches;
}

function copyDuty(duty: Duty): Duty {
  return {
    ...duty,
    holdings: duty.holdings.map((holding) => ({ ...holding })),
    proven: new Set(duty.proven),
  };
}
