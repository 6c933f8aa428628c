import { assert } from '../../core/assert.ts';
import { copyInto } from '../../core/bytes.ts';
import { UNIT_BYTES } from '../../core/units.ts';
import type { CodeShape } from '../erasure/code.ts';
import { StripeBuffer } from '../erasure/stripe-buffer.ts';
import { firstUnitOf } from '../layout.ts';
import type { FetchedWindow } from './window-fetcher.ts';
import type { Span, StripeNeed } from './window-plan.ts';

/** Gives the needed ciphertext of fetched stripes in order, rebuilding the data cells that were not read. */
export class StripeAssembler {
  readonly #shape: CodeShape;
  /** Made at the first loss: most reads have all data shards and no use for it. */
  #buffer: StripeBuffer | undefined;

  constructor(shape: CodeShape) {
    this.#shape = shape;
  }

  /** Pieces of ciphertext. A piece is valid until the next one is asked for. */
  *pieces(window: FetchedWindow): Generator<Uint8Array, void, undefined> {
    for (const need of window.needs) {
      const lost = this.#rebuildLost(window, need);
      for (const [index, span] of need.cells.entries()) {
        if (span === undefined) continue;
        if (lost.includes(index)) yield this.#cells.cell(0, index).subarray(span.from, span.to);
        else yield unitsOf(window, index, need.stripe, span);
      }
    }
  }

  get #cells(): StripeBuffer {
    assert(this.#buffer !== undefined, 'cells are there to be rebuilt from');
    return this.#buffer;
  }

  /** Room for the cells that were read: a shard that began as a spare has an index of n or above. */
  #makeRoom(present: readonly number[]): void {
    const n = Math.max(this.#shape.n, ...present.map((index) => index + 1));
    if (this.#buffer === undefined || this.#buffer.shape.n < n)
      this.#buffer = new StripeBuffer({ k: this.#shape.k, n, slots: 1 });
  }

  #rebuildLost(window: FetchedWindow, need: StripeNeed): number[] {
    const lost = window.missing.filter((index) => need.cells[index] !== undefined);
    if (lost.length === 0) return lost;
    const columns = columnsOf(need, lost);
    this.#makeRoom(window.present);
    for (const index of window.present) {
      copyInto(this.#cells.cell(0, index), columns.from, unitsOf(window, index, need.stripe, columns));
    }
    this.#cells.rebuild(0, window.present, lost, columns.from, columns.to);
    return lost;
  }
}

/** Whole units within a cell that cover what is needed of the lost cells. */
function columnsOf(need: StripeNeed, lost: readonly number[]): Span {
  const spans = lost.map((index) => need.cells[index]).filter((span) => span !== undefined);
  const from = Math.min(...spans.map((span) => span.from));
  const to = Math.max(...spans.map((span) => span.to));
  return { from: Math.floor(from / UNIT_BYTES) * UNIT_BYTES, to: Math.ceil(to / UNIT_BYTES) * UNIT_BYTES };
}

function unitsOf(window: FetchedWindow, index: number, stripe: number, span: Span): Uint8Array {
  const fetched = window.units.get(index);
  assert(fetched !== undefined, `shard ${index} was read`);
  const start = (firstUnitOf(stripe) - fetched.from) * UNIT_BYTES;
  assert(start + span.from >= 0 && start + span.to <= fetched.bytes.byteLength, `the units of shard ${index} cover it`);
  return fetched.bytes.subarray(start + span.from, start + span.to);
}
