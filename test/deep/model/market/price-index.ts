import type { Clock } from './clock.ts';
import type { Undoable } from './types.ts';

/** All but the price are fractions of 1e18. */
export interface PriceIndexParams {
  startPrice: bigint;
  target: bigint;
  step: bigint;
  flowDecay: bigint;
  curve: bigint;
}

/** The index as of one period. */
export interface Reading {
  period: number;
  /** Token wei × 1e9. */
  index: bigint;
  /** Of 1e9. */
  utilisation: bigint;
  /** Of 1e9. */
  flow: bigint;
}

const WHOLE = 10n ** 18n;
const SHARE = 10n ** 9n;
const INDEX_SCALE = 10n ** 9n;
/** Of what is bonded, a period's sales count at most so often. */
const MAX_FLOW = 3n * SHARE;
/** Of an idle stretch, at most so many periods count. */
const MAX_IDLE = 168;
const RANGE = 10n;
const HISTORY = 256;

/** IPriceIndex: brought up to a period by what held before the first change in it. */
export class PriceIndex implements Undoable {
  readonly #params: PriceIndexParams;
  readonly #clock: Clock;
  #now: Reading;
  #committed = 0n;
  #bonded = 0n;
  #sold = 0n;
  #entries: Reading[] = [];

  /** @param period in which the contract was deployed */
  constructor(params: PriceIndexParams, clock: Clock, period: number) {
    this.#params = params;
    this.#clock = clock;
    const index = params.startPrice * INDEX_SCALE;
    this.#now = { period, index, utilisation: params.target / (WHOLE / SHARE), flow: 0n };
  }

  save(): () => void {
    const [now, committed, bonded, sold, entries] = [
      this.#now,
      this.#committed,
      this.#bonded,
      this.#sold,
      [...this.#entries],
    ];
    return () => {
      [this.#now, this.#committed, this.#bonded, this.#sold, this.#entries] = [now, committed, bonded, sold, entries];
    };
  }

  onSold(units: number, unitPeriods: number): void {
    this.#roll();
    this.#committed += BigInt(units);
    this.#sold += BigInt(unitPeriods);
  }

  onEnded(units: number): void {
    this.#roll();
    this.#committed -= BigInt(units);
  }

  onCapacity(before: number, bonded: number): void {
    this.#roll();
    this.#bonded += BigInt(bonded - before);
  }

  /** Token wei for one unit and period, rounded up. */
  quote(): bigint {
    const { target, curve } = this.#params;
    const { index, utilisation } = this.reading();
    const u = utilisation * (WHOLE / SHARE);
    const factor =
      u < target
        ? WHOLE - ((WHOLE - (WHOLE * WHOLE) / curve) * (target - u)) / target
        : WHOLE + ((curve - WHOLE) * (u - target)) / (WHOLE - target);
    const unit = INDEX_SCALE * WHOLE;
    return (index * factor + unit - 1n) / unit;
  }

  /** As of this period, written down or not. */
  reading(): Reading {
    const elapsed = this.#clock.period - this.#now.period;
    return elapsed <= 0 ? this.#now : this.#after(elapsed);
  }

  get committed(): bigint {
    return this.#committed;
  }

  get bonded(): bigint {
    return this.#bonded;
  }

  /** Sold in this period so far. */
  get sold(): bigint {
    return this.#clock.period > this.#now.period ? 0n : this.#sold;
  }

  get entryCount(): number {
    return this.#entries.length;
  }

  /** Newest first. */
  history(max: number): Reading[] {
    return this.#entries.slice(-Math.min(max, HISTORY)).toReversed();
  }

  #roll(): void {
    const elapsed = this.#clock.period - this.#now.period;
    if (elapsed <= 0) return;
    this.#now = this.#after(elapsed);
    this.#sold = 0n;
    this.#entries.push(this.#now);
  }

  #after(elapsed: number): Reading {
    const { period } = this.#clock;
    if (this.#bonded === 0n) return { ...this.#now, period };
    const { target, step, flowDecay, startPrice } = this.#params;
    const idle = Math.min(elapsed, MAX_IDLE);
    const utilisation = min((this.#committed * SHARE) / this.#bonded, SHARE);
    const sold = min((this.#sold * SHARE) / this.#bonded, MAX_FLOW);
    const first = (this.#now.flow * flowDecay + sold * (WHOLE - flowDecay)) / WHOLE;
    const flow = (first * power(flowDecay, idle - 1)) / WHOLE;
    const s = ((min(flow, SHARE) + utilisation) * (WHOLE / SHARE)) / 2n;
    const factor =
      s < target ? WHOLE - (step * (target - s)) / target : WHOLE + (step * (s - target)) / (WHOLE - target);
    const moved = (this.#now.index * power(factor, idle)) / WHOLE;
    const start = startPrice * INDEX_SCALE;
    const index = min(moved < start / RANGE ? start / RANGE : moved, start * RANGE);
    return { period, index, utilisation, flow };
  }
}

/** base^exponent in fractions of 1e18, by squaring, rounded down after each multiplication. */
function power(base: bigint, exponent: number): bigint {
  let [result, square] = [WHOLE, base];
  for (const bit of exponent.toString(2).split('').toReversed()) {
    if (bit === '1') result = (result * square) / WHOLE;
    square = (square * square) / WHOLE;
  }
  return result;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
