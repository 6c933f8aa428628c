import { assert } from '../../core/assert.ts';
import { concat, uint64be, utf8 } from '../../core/bytes.ts';
import { StowError } from '../../core/errors.ts';
import { DIGEST_BYTES, log2Ceil, MAX_UNITS } from '../../core/units.ts';
import { buildUpperLevels, nodesAtLevel, pathAboveUnit, storedSiblings } from '../../pipeline/merkle/upper-tree.ts';
import { readFully, type OpenFile } from './file-layer.ts';

const MAGIC = utf8('STWT');
const VERSION = 1;
/** Magic (4), version (1), zeros (3), uint64be unit count (8). */
const HEADER_BYTES = 16;

/** The bytes of a tree file: header, then unit roots, then each level above them, the shard root last. */
export function encodeTree(unitRoots: Uint8Array): { bytes: Uint8Array; root: Uint8Array } {
  const units = unitRoots.byteLength / DIGEST_BYTES;
  const levels = buildUpperLevels(unitRoots);
  const root = levels.at(-1);
  assert(root?.byteLength === DIGEST_BYTES, 'levels end in one root');
  const header = concat(MAGIC, Uint8Array.of(VERSION, 0, 0, 0), uint64be(units));
  return { bytes: concat(header, ...levels), root: root.slice() };
}

/** Length of the tree file of a shard: about 64 bytes a unit. */
export function treeFileBytes(units: number): number {
  return offsetOf(units, log2Ceil(units)) + DIGEST_BYTES;
}

/** Reads parts of one tree file. Throws `tree-damaged` when the file cannot be that of a shard of `units`. */
export class TreeFile {
  readonly #file: OpenFile;
  readonly #units: number;

  private constructor(file: OpenFile, units: number) {
    this.#file = file;
    this.#units = units;
  }

  static async read(file: OpenFile, units: number): Promise<TreeFile> {
    const size = await file.size();
    if (units < 1 || units > MAX_UNITS || size !== treeFileBytes(units)) throw damaged();
    const header = Buffer.from(await readFully(file, HEADER_BYTES, 0));
    const magic = header.subarray(0, MAGIC.byteLength);
    if (!magic.equals(MAGIC) || header.readUInt8(4) !== VERSION || header.readBigUInt64BE(8) !== BigInt(units)) {
      throw damaged();
    }
    return new TreeFile(file, units);
  }

  /** Packed roots of units [from, from + count). */
  async unitRoots(from: number, count: number): Promise<Uint8Array> {
    return readFully(this.#file, count * DIGEST_BYTES, offsetOf(this.#units, 0) + from * DIGEST_BYTES);
  }

  /** Siblings above a unit, bottom up. */
  async pathAbove(unitIndex: number): Promise<Uint8Array> {
    const siblings = storedSiblings(this.#units, unitIndex);
    const nodes = new Map<number, Uint8Array>();
    for (const { level, index } of siblings) {
      nodes.set(level, await readFully(this.#file, DIGEST_BYTES, offsetOf(this.#units, level) + index * DIGEST_BYTES));
    }
    return pathAboveUnit(this.#units, unitIndex, (level) => {
      const node = nodes.get(level);
      assert(node !== undefined, `the sibling at level ${level} was read`);
      return node;
    });
  }
}

function offsetOf(units: number, level: number): number {
  let nodes = 0;
  for (let l = 0; l < level; l++) nodes += nodesAtLevel(units, l);
  return HEADER_BYTES + nodes * DIGEST_BYTES;
}

function damaged(): StowError {
  return new StowError({
    code: 'tree-damaged',
    message: 'a tree file is missing, cut or of another shard',
    hint: 'it is made again from the shard by itself; look at the disk if this repeats',
  });
}
