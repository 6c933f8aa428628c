import { hash } from 'node:crypto';

import { UNITS_PER_TIB } from '../scale.ts';
import { type Random, randomOf } from '../random.ts';

/** What a provider is; it does not depend on what the market does. */
export interface ProviderKind {
  readonly id: number;
  readonly operator: `0x${string}`;
  readonly placementId: Uint8Array;
  /** Whole TiB. */
  readonly tib: number;
  /** Prices of the model: scale of its costs; what a TiB and month costs whether let or not; what it costs only when let. */
  readonly scale: number;
  readonly fixedCost: number;
  readonly variableCost: number;
  /** Least that it takes. */
  readonly floor: number;
}

const STREAM = 2;
const COST_SPREAD = 0.35;
const FIXED_SHARE = 0.5;
const VARIABLE_SHARE = 0.3;
/** Nobody lets a disk for less than what letting it costs, and something for the trouble. */
const FLOOR_MARGIN = 1.15;
const MEDIAN_TIB = 50;
const SIZE_SPREAD = 0.6;
/** The contract's counters have 32 bits of units of 64 KiB. */
const MAX_TIB = (2 ** 32 - 1) / UNITS_PER_TIB - 1;

/** Providers one after the other, the same for a seed: those of the first day, then whoever enters. */
export class Supply {
  readonly #random: Random;
  readonly #seed: number;
  #count = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = randomOf(seed, STREAM);
  }

  next(): ProviderKind {
    const id = ++this.#count;
    const scale = Math.exp(COST_SPREAD * this.#random.normal());
    const variableCost = VARIABLE_SHARE * scale;
    return {
      id,
      operator: `0x${id.toString(16).padStart(40, '0')}`,
      placementId: hash('sha256', `${this.#seed} provider ${id}`, 'buffer'),
      tib: Math.max(1, Math.round(Math.min(MAX_TIB, MEDIAN_TIB * Math.exp(SIZE_SPREAD * this.#random.normal())))),
      scale,
      fixedCost: FIXED_SHARE * scale,
      variableCost,
      floor: variableCost * FLOOR_MARGIN,
    };
  }
}
