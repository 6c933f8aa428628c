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
/** A uint88 of token wei. */
const MOST_SOLD = 2n ** 88n - 1n;
const RANGE = 10n;
const HISTORY = 256;

/** IPriceIndex: kept block by block, where the contract is lazy. */
export class PriceIndex implements Undoable {
  readonly #params: PriceIndexParams;
  readonly #clock: Clock;
  #now: Reading;
  #committed = 0n;
  #bonded = 0n;
  #sold = 0n;
  /** The utilisation (of 1e9) in each block of the period until the last change. */
  #blocks: bigint[] = [];
  #entries: Reading[] = [];

  /** @param period in which the contract was deployed */
  constructor(params: PriceIndexParams, clock: Clock, period: number) {
    this.#params = params;
    this.#clock = clock;
    const index = params.startPrice * INDEX_SCALE;
    this.#now = { period, index, utilisation: params.target / (WHOLE / SHARE), flow: 0n };
  }

  save(): () => void {
    const [now, committed, bonded, sold] = [this.#now, this.#committed, this.#bonded, this.#sold];
    const [blocks, entries] = [[...this.#blocks], [...this.#entries]];
    return () => {
      [this.#now, this.#committed, this.#bonded, this.#sold] = [now, committed, bonded, sold];
      [this.#blocks, this.#entries] = [blocks, entries];
    };
  }

  /** @param value token wei of rent over the whole term */
  onSold(units: number, value: bigint): void {
    this.#roll();
    this.#committed += BigInt(units);
    this.#sold = min(this.#sold + value, MOST_SOLD);
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
    return this.#quoteOf(this.reading());
  }

  #quoteOf({ index, utilisation }: Reading): bigint {
    const { target, curve } = this.#params;
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

  /** Utilisation (of 1e9) of the blocks that are counted of this period, summed up, and how many they are. */
  get counted(): { weighed: bigint; blocks: number } {
    const blocks = this.#clock.period > this.#now.period ? [] : this.#blocks;
    return { weighed: blocks.reduce((sum, share) => sum + share, 0n), blocks: blocks.length };
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
    if (elapsed > 0) {
      this.#now = this.#after(elapsed);
      [this.#sold, this.#blocks] = [0n, []];
      this.#entries.push(this.#now);
    }
    this.#fill(this.#blocks, this.#clock.block - this.#clock.opening(this.#clock.period));
  }

  /** What holds now held in each block up to so many. */
  #fill(blocks: bigint[], upTo: number): void {
    while (blocks.length < upTo) blocks.push(this.#share());
  }

  /** Of 1e9; as it was in the period before while there is no capacity. */
  #share(): bigint {
    return this.#bonded === 0n ? this.#now.utilisation : min((this.#committed * SHARE) / this.#bonded, SHARE);
  }

  #after(elapsed: number): Reading {
    const { period, periodBlocks } = this.#clock;
    if (this.#bonded === 0n) return { ...this.#now, period };
    const { flowDecay } = this.#params;
    const blocks = [...this.#blocks];
    this.#fill(blocks, periodBlocks);
    const average = blocks.reduce((sum, share) => sum + share, 0n) / BigInt(periodBlocks);
    const worth = this.#quoteOf(this.#now) * this.#bonded;
    const sold = min((this.#sold * SHARE) / worth, MAX_FLOW);
    const flow = (this.#now.flow * flowDecay + sold * (WHOLE - flowDecay)) / WHOLE;
    const first = { period, utilisation: average, flow, index: this.#moved(this.#now.index, flow, average, 1) };
    const idle = Math.min(elapsed, MAX_IDLE) - 1;
    if (idle === 0) return first;
    const left = (flow * power(flowDecay, idle)) / WHOLE;
    const index = this.#moved(first.index, left, this.#share(), idle);
    return { period, index, utilisation: this.#share(), flow: left };
  }

  #moved(before: bigint, flow: bigint, utilisation: bigint, periods: number): bigint {
    const { target, step, startPrice } = this.#params;
    const s = ((min(flow, SHARE) + utilisation) * (WHOLE / SHARE)) / 2n;
    const factor =
      s < target ? WHOLE - (step * (target - s)) / target : WHOLE + (step * (s - target)) / (WHOLE - target);
    const moved = (before * power(factor, periods)) / WHOLE;
    const start = startPrice * INDEX_SCALE;
    return min(moved < start / RANGE ? start / RANGE : moved, start * RANGE);
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
