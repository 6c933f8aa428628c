import { hash } from 'node:crypto';

import { concat } from '../../../node/core/bytes.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { unitRoot } from '../../../node/pipeline/merkle/unit-tree.ts';
import { buildUpperLevels } from '../../../node/pipeline/merkle/upper-tree.ts';
import { proveLeaf, unitOfLeaf } from '../../../node/proofs/prove.ts';

/** A small shard of bytes that repeat nowhere, with the paths that a provider sends. */
export class RandomShard {
  readonly units: number;
  readonly root: Uint8Array;
  readonly #unitBytes: Uint8Array[];
  readonly #levels: Uint8Array[];

  constructor(name: string, units: number) {
    this.units = units;
    this.#unitBytes = Array.from({ length: units }, (_, unit) =>
      hash('shake256', `${name}, unit ${unit}`, { outputEncoding: 'buffer', outputLength: UNIT_BYTES }),
    );
    this.#levels = buildUpperLevels(concat(...this.#unitBytes.map((unit) => unitRoot(unit))));
    this.root = this.#levels.at(-1) ?? new Uint8Array();
  }

  /** The 64-byte leaf and all its siblings. */
  path(leafIndex: number): Uint8Array {
    return proveLeaf({
      units: this.units,
      leafIndex,
      unit: this.#unitBytes[unitOfLeaf(leafIndex)] ?? new Uint8Array(),
      node: (level, index) => (this.#levels[level] ?? new Uint8Array()).subarray(index * 32, index * 32 + 32),
    });
  }
}
