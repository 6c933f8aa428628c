/** The block that the next transaction goes into, and the periods: period p holds blocks [opening(p), opening(p + 1)), from 1 on. */
export class Clock {
  readonly #genesisBlock: number;
  readonly periodBlocks: number;
  block = 0;
  /** Unix seconds. */
  time = 0;

  constructor(genesisBlock: number, periodBlocks: number) {
    this.#genesisBlock = genesisBlock;
    this.periodBlocks = periodBlocks;
  }

  get period(): number {
    return Math.floor((this.block - this.#genesisBlock) / this.periodBlocks) + 1;
  }

  opening(period: number): number {
    return this.#genesisBlock + (period - 1) * this.periodBlocks;
  }
}
