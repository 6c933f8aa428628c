import { assert } from '../../core/assert.ts';
import { CELL_BYTES } from '../../core/units.ts';
import { checkCodeShape, generatorRow, rebuildMatrix, type CodeShape } from './code.ts';
import { multiply, type Matrix } from './gf256.ts';
import { bestVariant, linkKernel, type Combine, type KernelVariant } from './kernel.ts';
import { wasm, type WasmMemory } from '../../core/wasm.ts';

/** What the kernel works on per step: ranges start and end at multiples of it. */
const STEP_BYTES = 64;
const WASM_PAGE_BYTES = 65_536;
const POINTER_BYTES = 4;
/** Room for the pointer lists of a call: destinations, then sources, at most 256 of each. */
const POINTERS_BYTES = 2 * 256 * POINTER_BYTES;
/** A low and a high nibble table of 16 bytes per coefficient. */
const TABLE_BYTES = 32;

export interface StripeBufferInit extends CodeShape {
  /** Stripes held at once. */
  slots: number;
  cellBytes?: number | undefined;
  /** For tests: which kernel to run. */
  variant?: KernelVariant | undefined;
}

/**
 * Stripes of n cells in WebAssembly memory, where cells are filled, encoded and rebuilt in place, without copies.
 * Views from `cell` stay valid as long as the buffer: its memory never grows.
 */
export class StripeBuffer {
  readonly shape: CodeShape;
  readonly slots: number;
  readonly cellBytes: number;
  readonly #memory: WasmMemory;
  readonly #combine: Combine;
  readonly #view: DataView;
  readonly #cellsAt: number;
  #tablesFor = '';
  readonly #parity: readonly number[];
  readonly #data: readonly number[];

  constructor(init: StripeBufferInit) {
    checkCodeShape(init);
    this.shape = { k: init.k, n: init.n };
    this.slots = init.slots;
    this.cellBytes = init.cellBytes ?? CELL_BYTES;
    assert(this.cellBytes % STEP_BYTES === 0, `cells in steps of ${STEP_BYTES} bytes`);
    // As many shards as may be missing while k are present, and one more, as the kernel makes two rows at a time.
    const rows = init.n - init.k + 1;
    this.#cellsAt = Math.ceil((POINTERS_BYTES + rows * init.k * TABLE_BYTES) / WASM_PAGE_BYTES) * WASM_PAGE_BYTES;
    const pages = Math.ceil((this.#cellsAt + init.slots * init.n * this.cellBytes) / WASM_PAGE_BYTES);
    this.#memory = new wasm.Memory({ initial: pages, maximum: pages });
    this.#view = new DataView(this.#memory.buffer);
    this.#combine = linkKernel(this.#memory, init.variant ?? bestVariant());
    this.#data = Array.from({ length: init.k }, (_, index) => index);
    this.#parity = Array.from({ length: init.n - init.k }, (_, index) => init.k + index);
  }

  /** The bytes of shard `index` in a slot. Whoever holds the view sees later stripes written into the same slot. */
  cell(slot: number, index: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, this.#address(slot, index), this.cellBytes);
  }

  /** The k data cells of a slot as one run of bytes. */
  dataCells(slot: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, this.#address(slot, 0), this.shape.k * this.cellBytes);
  }

  /** Computes parity cells of a slot from its data cells, over the first `bytes` of each: all of them, or those whose shards are `wanted`. */
  encode(slot: number, bytes: number = this.cellBytes, wanted: (index: number) => boolean = () => true): void {
    const parity = this.#parity.filter(wanted);
    if (parity.length === 0) return;
    this.#loadTables(`parity ${parity.join()}`, () => parity.map((index) => generatorRow(this.shape, index)));
    this.#run(slot, this.#data, parity, 0, bytes);
  }

  /**
   * Computes the `wanted` cells of a slot from its k `present` ones, over bytes [from, to) of each.
   * @param present k distinct shard indices whose cells hold their bytes in that range
   */
  rebuild(slot: number, present: readonly number[], wanted: readonly number[], from = 0, to = this.cellBytes): void {
    if (wanted.length === 0) return;
    assert(
      wanted.every((index) => !present.includes(index)),
      'wanted shards are not present ones',
    );
    const key = `${present.join()}>${wanted.join()}`;
    this.#loadTables(key, () => rebuildMatrix(this.shape, present, wanted));
    this.#run(slot, present, wanted, from, to);
  }

  #run(slot: number, sources: readonly number[], destinations: readonly number[], from: number, to: number): void {
    assert(
      from % STEP_BYTES === 0 && to % STEP_BYTES === 0 && from < to && to <= this.cellBytes,
      `range ${from}-${to}`,
    );
    const destinationsAt = 0;
    const sourcesAt = POINTERS_BYTES / 2;
    const rows = evenRows(destinations);
    for (const [i, index] of rows.entries()) this.#pointer(destinationsAt, i, this.#address(slot, index));
    for (const [i, index] of sources.entries()) this.#pointer(sourcesAt, i, this.#address(slot, index));
    this.#combine(destinationsAt, rows.length, sourcesAt, sources.length, POINTERS_BYTES, from, to);
  }

  #loadTables(key: string, matrix: () => Matrix): void {
    if (this.#tablesFor === key) return;
    const rows = evenRows(matrix());
    for (const [row, coefficients] of rows.entries()) {
      const pair = Math.floor(row / 2) * 2 * coefficients.length;
      for (const [source, coefficient] of coefficients.entries()) {
        this.#table(POINTERS_BYTES + (pair + 2 * source + (row % 2)) * TABLE_BYTES, coefficient);
      }
    }
    this.#tablesFor = key;
  }

  #table(address: number, coefficient: number): void {
    for (let nibble = 0; nibble < 16; nibble++) {
      this.#view.setUint8(address + nibble, multiply(coefficient, nibble));
      this.#view.setUint8(address + 16 + nibble, multiply(coefficient, nibble << 4));
    }
  }

  #pointer(list: number, index: number, address: number): void {
    this.#view.setUint32(list + index * POINTER_BYTES, address, true);
  }

  #address(slot: number, index: number): number {
    assert(slot >= 0 && slot < this.slots && index >= 0 && index < this.shape.n, `cell ${index} of slot ${slot}`);
    return this.#cellsAt + (slot * this.shape.n + index) * this.cellBytes;
  }
}

/** The kernel makes two rows at a time: an odd last one is made twice, into the same place. */
function evenRows<T>(rows: readonly T[]): readonly T[] {
  return rows.length % 2 === 0 ? rows : [...rows, ...rows.slice(-1)];
}
