import { assert } from '../../core/assert.ts';
import { DIGEST_BYTES } from '../../core/units.ts';
import { buildUpperLevels, pathAboveUnit } from '../../pipeline/merkle/upper-tree.ts';
import type { Holder } from './holder.ts';

/** What a holder answered with that does not belong to the root in its agreement. */
export type WrongBytes = WrongUnit | WrongUnitRoots;

interface WrongAnswer {
  holder: Holder;
  /** What came, all of it. */
  bytes: Uint8Array;
}

/** A unit with other bytes than its root says. */
export interface WrongUnit extends WrongAnswer {
  what: 'unit';
  unit: number;
  /** Root that the unit should have, 32 bytes. */
  unitRoot: Uint8Array;
  /** Siblings from that root up to the shard's, bottom up, 32 bytes each: whoever has them needs to trust nobody. */
  path: Uint8Array;
}

/** A list of unit roots that does not make up the shard's. */
export interface WrongUnitRoots extends WrongAnswer {
  what: 'unit-roots';
}

/**
 * @param unitRoots the shard's, already checked against its root
 * @param bytes copied: the caller's memory may be used again
 */
export function wrongUnit(holder: Holder, unitRoots: Uint8Array, unit: number, bytes: Uint8Array): WrongUnit {
  const levels = buildUpperLevels(unitRoots);
  const path = pathAboveUnit(holder.units, unit, (level, index) => {
    const nodes = levels[level];
    assert(nodes !== undefined, `a level ${level} above ${holder.units} units`);
    return nodeAt(nodes, index);
  });
  return { what: 'unit', holder, unit, unitRoot: nodeAt(unitRoots, unit), path, bytes: Uint8Array.from(bytes) };
}

function nodeAt(nodes: Uint8Array, index: number): Uint8Array {
  return nodes.slice(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
}
