import { hash } from 'node:crypto';

const WORD_BYTES = 4;

/** Choices that follow from a seed alone: SHA-256 of the seed and a counter, read in words of 32 bits. */
export class Random {
  readonly #seed: string;
  #counter = 0;
  #block = Buffer.alloc(0);
  #at = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  bytes(label: string): Buffer {
    return hash('sha256', `${this.#seed}/${label}`, 'buffer');
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor((this.#word() / 2 ** 32) * (to - from + 1));
  }

  /** The same for money. */
  big(from: bigint, to: bigint): bigint {
    const span = to - from + 1n;
    return from + (((BigInt(this.#word()) << 96n) | (BigInt(this.#word()) << 64n) | BigInt(this.#word())) % span);
  }

  chance(probability: number): boolean {
    return this.#word() / 2 ** 32 < probability;
  }

  pick<T>(list: readonly T[]): T {
    const chosen = list[this.int(0, list.length - 1)];
    if (chosen === undefined) throw new Error('nothing to pick from');
    return chosen;
  }

  /** One of a list that may be empty. */
  maybe<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : this.pick(list);
  }

  /** A key, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let rest = (this.#word() / 2 ** 32) * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      rest -= weight;
      if (rest < 0) return key;
    }
    return this.pick(entries)[0];
  }

  #word(): number {
    if (this.#at === this.#block.length) {
      this.#block = hash('sha256', `${this.#seed}#${this.#counter}`, 'buffer');
      this.#counter += 1;
      this.#at = 0;
    }
    const word = this.#block.readUInt32BE(this.#at);
    this.#at += WORD_BYTES;
    return word;
  }
}
