import { hash } from 'node:crypto';

import { assert } from '../../../node/core/assert.ts';

/** The same numbers in every run: a failure can be looked at again. */
export class Random {
  #state: string;

  constructor(seed: string) {
    this.#state = seed;
  }

  /** 0 … below - 1. */
  below(below: number): number {
    assert(below >= 1, 'something to choose from');
    return Number(BigInt(`0x${Buffer.from(this.bytes(8)).toString('hex')}`) % BigInt(below));
  }

  pick<T>(from: readonly T[]): T {
    const chosen = from[this.below(from.length)];
    assert(chosen !== undefined, 'one of the list');
    return chosen;
  }

  bytes(length: number): Uint8Array {
    this.#state = hash('sha256', `${this.#state}/next`, 'hex');
    return hash('shake256', this.#state, { outputEncoding: 'buffer', outputLength: length });
  }
}
