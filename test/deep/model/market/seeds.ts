import type { Clock } from './clock.ts';
import { need } from './refusal.ts';
import type { Hex, Undoable } from './types.ts';

/** How far back a chain without a history contract knows its hashes. */
const WINDOW_BLOCKS = 256;

/**
 * IRandomness: the seed of a block is that block's hash; when nobody came within 256 blocks, the hash of the latest block
 * `blockNumber + 256 j` before now. The first call fixes it for ever.
 */
export class Seeds implements Undoable {
  readonly #clock: Clock;
  readonly #hashes: ReadonlyMap<number, Hex>;
  #fixed = new Map<number, Hex>();

  /** @param hashes what is known of the chain's block hashes; whoever drives the model adds those that it will ask for */
  constructor(clock: Clock, hashes: ReadonlyMap<number, Hex>) {
    this.#clock = clock;
    this.#hashes = hashes;
  }

  save(): () => void {
    const fixed = new Map(this.#fixed);
    return () => {
      this.#fixed = fixed;
    };
  }

  /** Which block's hash serves for `block`, which is over. */
  anchor(block: number): number {
    let anchor = block;
    while (anchor + WINDOW_BLOCKS < this.#clock.block) anchor += WINDOW_BLOCKS;
    return anchor;
  }

  fix(block: number): Hex {
    need(block < this.#clock.block, 'Randomness_NotYet', BigInt(block), BigInt(this.#clock.block));
    const seed = this.#seed(block);
    this.#fixed.set(block, seed);
    return seed;
  }

  /** The seed without fixing it; undefined while the block is not over. */
  peek(block: number): Hex | undefined {
    return block < this.#clock.block ? this.#seed(block) : undefined;
  }

  #seed(block: number): Hex {
    const seed = this.#fixed.get(block) ?? this.#hashes.get(this.anchor(block));
    if (seed === undefined) throw new Error(`the model was not told the hash of block ${this.anchor(block)}`);
    return seed;
  }
}
