import { StowError, ExitCode } from '../../core/errors.ts';
import { UNIT_BYTES } from '../../core/units.ts';
import type { Layout } from '../layout.ts';
import type { ReaderSet, ShardReader } from './reader-set.ts';
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

export interface FetchedUnits extends UnitSpan {
  bytes: Uint8Array;
  reader: ShardReader;
}

/** Gives the memory of a window back to its readers. Nobody may look at its units afterwards. */
export function releaseWindow({ units }: FetchedWindow): void {
  for (const { reader, bytes } of units.values()) reader.release?.(bytes);
}

/** Reads what a window needs from all readers at once, replacing those that fail until all parts are there. */
export async function fetchWindow(
  layout: Layout,
  needs: readonly StripeNeed[],
  set: ReaderSet,
  signal: AbortSignal,
): Promise<FetchedWindow> {
  const have = new Map<number, FetchedUnits>();
  for (;;) {
    signal.throwIfAborted();
    const readers = set.current;
    const present = readers.map((reader) => cellOf(layout, reader));
    const { missing, reads } = unitsToRead(layout, needs, present);
    const failures = await orAborted(readMissing({ layout, readers, reads, have, signal }), signal);
    if (failures.length === 0) return { needs, readers, present, missing, units: have };
    await Promise.all(failures.map(async ({ reader, reason }) => set.replace(reader, reason)));
  }
}

/** A replica is its stripe's only cell, whatever its shard index. */
function cellOf(layout: Layout, reader: ShardReader): number {
  return layout.k === 1 ? 0 : reader.index;
}

interface Failure {
  reader: ShardReader;
  reason: unknown;
}

interface ReadMissingInput {
  layout: Layout;
  readers: readonly ShardReader[];
  reads: ReadonlyMap<number, UnitSpan>;
  /** Filled with what arrives. */
  have: Map<number, FetchedUnits>;
  signal: AbortSignal;
}

async function readMissing({ layout, readers, reads, have, signal }: ReadMissingInput): Promise<Failure[]> {
  const failures: Failure[] = [];
  const readOne = async (reader: ShardReader): Promise<void> => {
    const cell = cellOf(layout, reader);
    const span = reads.get(cell);
    const got = have.get(cell);
    if (span === undefined || (got !== undefined && got.from <= span.from && got.to >= span.to)) return;
    try {
      const bytes = await reader.readUnits(span.from, span.to - span.from, { signal });
      if (bytes.byteLength !== (span.to - span.from) * UNIT_BYTES) throw shortRead(reader, span, bytes);
      have.set(cell, { ...span, bytes, reader });
    } catch (reason) {
      failures.push({ reader, reason });
    }
  };
  await Promise.all(readers.map(readOne));
  return failures;
}

/** A reader that does not honour its signal must not keep an aborted read waiting. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function shortRead(reader: ShardReader, span: UnitSpan, bytes: Uint8Array): StowError {
  return new StowError({
    code: 'short-read',
    message: `asked for units ${span.from} to ${span.to - 1} of shard ${reader.index}, got ${bytes.byteLength} bytes`,
    hint: 'the provider holds less than it signed for; it was replaced where another shard was left',
    exitCode: ExitCode.integrity,
  });
}
