import { assert } from '../../core/assert.ts';
import { StowError, ExitCode } from '../../core/errors.ts';
import { log2Ceil, MAX_UNITS } from '../../core/units.ts';
import { hashNodes, nodesAtLevel, zeroSubtree } from './upper-tree.ts';

/**
 * Computes a shard's root from unit roots in any order, merging siblings as soon as both are there. Memory follows the
 * number of gaps, not of units: a piped upload (units 1, 2, …, then 0) keeps two nodes per level.
 */
export class MerkleFrontier {
  /** Nodes that wait for their sibling, by position in in-order numbering (level and index in one integer). */
  readonly #pending = new Map<number, Uint8Array>();
  #added = 0;

  /** Units added so far. */
  get count(): number {
    return this.#added;
  }

  /** Adds the root of one unit. Each unit once. */
  add(unitIndex: number, root: Uint8Array): void {
    assert(Number.isInteger(unitIndex) && unitIndex >= 0 && unitIndex < MAX_UNITS, `unit index ${unitIndex}`);
    this.#place(0, unitIndex, root);
    this.#added++;
  }

  /**
   * The root over units 0 … units-1, padded with zero units to a power of two. The frontier is spent afterwards.
   * Throws `shard-incomplete` when a unit is missing or came twice.
   */
  finish(units: number): Uint8Array {
    const depth = log2Ceil(units);
    for (let level = 0; level < depth; level++) {
      const nodes = nodesAtLevel(units, level);
      if (nodes % 2 === 1) this.#place(level, nodes, zeroSubtree(level));
    }
    const root = this.#pending.get(position(depth, 0));
    if (this.#added !== units || this.#pending.size !== 1 || root === undefined) {
      throw new StowError({
        code: 'shard-incomplete',
        message: `a shard of ${units} units was closed after ${this.#added} units, not each of them once`,
        hint: 'send the shard again from its first unit',
        retryable: true,
        exitCode: ExitCode.integrity,
      });
    }
    this.#pending.clear();
    return root;
  }

  #place(level: number, index: number, node: Uint8Array): void {
    let value = node;
    let at = index;
    for (let l = level; ; l++) {
      const siblingPosition = position(l, at % 2 === 0 ? at + 1 : at - 1);
      const sibling = this.#pending.get(siblingPosition);
      if (sibling === undefined) {
        this.#pending.set(position(l, at), value);
        return;
      }
      this.#pending.delete(siblingPosition);
      value = at % 2 === 0 ? hashNodes(value, sibling) : hashNodes(sibling, value);
      at = Math.floor(at / 2);
    }
  }
}

/** In-order position of a node: leaves are even, a parent lies between its children. Independent of the tree's size. */
function position(level: number, index: number): number {
  return index * 2 ** (level + 1) + 2 ** level - 1;
}
