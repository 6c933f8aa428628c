import { UNITS_PER_CELL } from '../../core/units.ts';
import type { Layout } from '../layout.ts';
import type { FetchedUnits, RacedReads } from './raced-reads.ts';
import type { ShardReader } from './reader-set.ts';
import { unitsToRead, type StripeNeed, type UnitSpan } from './window-plan.ts';

/** A few stripes of an object with the units that were read for them. */
export interface FetchedWindow {
  needs: readonly StripeNeed[];
  /** The readers it came from: k distinct shards. */
  readers: readonly ShardReader[];
  /** Their cells within a stripe. */
  present: readonly number[];
  /** Data cells that are needed and have to be rebuilt. */
  missing: readonly number[];
  /** What was read, by cell. */
  units: ReadonlyMap<number, FetchedUnits>;
}

/** Gives the memory of a window back to its readers. Nobody may look at its units afterwards. */
export function releaseWindow({ units }: FetchedWindow): void {
  for (const { reader, bytes } of units.values()) reader.release?.(bytes);
}

/** Reads what a window needs from k readers at once. */
export async function fetchWindow(
  layout: Layout,
  needs: readonly StripeNeed[],
  reads: RacedReads,
  signal: AbortSignal,
): Promise<FetchedWindow> {
  const cellOf = (reader: ShardReader): number => cellOfShard(layout, reader.index);
  const planReads = (readers: readonly ShardReader[]): ReadonlyMap<ShardReader, UnitSpan> => {
    const spans = unitsToRead(layout, needs, readers.map(cellOf)).reads;
    return new Map(
      readers.flatMap((reader) => {
        const span = spans.get(cellOf(reader));
        return span === undefined ? [] : [[reader, span] as const];
      }),
    );
  };
  const { readers, units } = await reads.fetch(needs.length * UNITS_PER_CELL, planReads, signal);
  const present = readers.map(cellOf);
  const { missing } = unitsToRead(layout, needs, present);
  return {
    needs,
    readers,
    present,
    missing,
    units: new Map([...units].map(([reader, read]) => [cellOf(reader), read])),
  };
}

/** A replica is its stripe's only cell, whatever its shard index. */
function cellOfShard({ k }: Layout, index: number): number {
  return k === 1 ? 0 : index;
}
