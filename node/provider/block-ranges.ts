import { EVENT_RANGE_BLOCKS } from './limits.ts';

/** A range of blocks, both ends included. */
export interface BlockRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** Ranges that endpoints answer, one after the other, which together are the blocks `first` to `last`. */
export function* blockRanges(first: bigint, last: bigint): Generator<BlockRange, void, undefined> {
  for (let from = first > 0n ? first : 0n; from <= last; from += EVENT_RANGE_BLOCKS) {
    const to = from + EVENT_RANGE_BLOCKS - 1n;
    yield { from, to: to < last ? to : last };
  }
}
