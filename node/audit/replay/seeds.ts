import type { Hex } from '../../market/messages.ts';
import { type EventOf, type ReplayContext, openingOf, unheardOf } from './context.ts';

/** A seed, and the blocks one of whose hashes it must be. */
export interface SeedRecord {
  readonly subject: string;
  readonly seed: Hex;
  readonly blocks: readonly bigint[];
}

/** The EVM knows the hashes of this many blocks. Source: `libraries/Anchors.sol`. */
const BLOCKHASH_WINDOW = 256n;

/** Which seeds were fixed: by the registry, for placement ids, and by the first proof of each period. */
export class Seeds {
  readonly #context: ReplayContext;
  readonly #fixed = new Map<bigint, Hex>();
  readonly #periods = new Map<number, SeedRecord>();
  readonly #blocks: SeedRecord[] = [];

  constructor(context: ReplayContext) {
    this.#context = context;
  }

  /** The seed that was fixed for a block. */
  fixed(block: bigint): Hex | undefined {
    return this.#fixed.get(block);
  }

  isSeeded(period: number): boolean {
    return this.#periods.has(period);
  }

  fixedBlocks(): [bigint, Hex][] {
    return [...this.#fixed];
  }

  records(): SeedRecord[] {
    return [...this.#blocks, ...this.#periods.values()];
  }

  apply(event: EventOf<'randomness'>): void {
    switch (event.name) {
      case 'SeedFixed': {
        const { blockNumber, anchor, seed } = event.args;
        const subject = `seed of block ${blockNumber}`;
        const { findings } = this.#context;
        findings.touch(subject);
        findings.event(subject, 'whether it was fixed before', false, this.#fixed.has(blockNumber));
        const allowed = [blockNumber, anchorOf(blockNumber, event.place.block)];
        findings.event(subject, 'whether its anchor follows the rule', true, allowed.includes(anchor));
        this.#fixed.set(blockNumber, seed);
        this.#blocks.push({ subject, seed, blocks: [anchor] });
        return undefined;
      }
      default:
        return unheardOf(event.name);
    }
  }

  /** The first proof of a period fixes its seed: 224 bits of the opening block's randomness, and the period. */
  seedPeriod(period: number, seed: Hex, block: bigint): void {
    const { findings, parameters } = this.#context;
    const subject = `seed of period ${period}`;
    findings.touch(subject);
    findings.event(subject, 'whether it was fixed before', false, this.#periods.has(period));
    findings.event(subject, 'the period in its lower bits', period, Number(BigInt(seed) & 0xffff_ffffn));
    const opening = openingOf(period, parameters);
    this.#periods.set(period, { subject, seed, blocks: [opening, anchorOf(opening, block)] });
  }
}

/** The latest block `block + 256 j` before `current`. */
function anchorOf(block: bigint, current: bigint): bigint {
  return current <= block ? block : block + BLOCKHASH_WINDOW * ((current - block - 1n) / BLOCKHASH_WINDOW);
}
