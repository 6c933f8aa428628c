import { UNIT_BYTES, UNITS_PER_CELL } from '../../core/units.ts';
import { checkCodeShape } from '../erasure/code.ts';
import { StripeBuffer } from '../erasure/stripe-buffer.ts';
import { encodeHeaderUnit, type ShardHeader } from '../header/header-unit.ts';
import { cellBytesOf, firstUnitOf, HEADER_UNITS, layoutOf } from '../layout.ts';
import { RacedReads } from './raced-reads.ts';
import { ReaderSet, type ReaderSource, type ShardReader } from './reader-set.ts';

/** Stripes read in one round of requests, 1 MiB of each shard: a round trip is small against them. With the round ahead, the bound on memory. */
const STRIPES_PER_ROUND = 4;

export interface RebuildInit {
  /** The header of any shard of the object: but for the index, all have the same. */
  header: ShardHeader;
  /** The shard that is wanted. */
  index: number;
  /** k readers of distinct other shards, or more. */
  readers: readonly ShardReader[];
  /** For readers that fail, or are late. */
  source?: ReaderSource | undefined;
  /** Units of the upload order that are not wanted, as they were passed on before. */
  skipUnits?: number | undefined;
  signal: AbortSignal;
}

/**
 * One shard out of k others, without any key: what is coded is ciphertext, and the envelope is the same in every header. Gives units in upload
 * order (1, 2, … and the header last), in pieces of whole units, each memory of its own. It comes out the same to the byte as it was
 * uploaded first. Replicas (k = 1) are enciphered apart, so that none follows from another: only their owner can make one.
 * @throws StowError `too-few-shards`, `bad-code`
 */
export async function* rebuildShard(init: RebuildInit): AsyncGenerator<Uint8Array, void, undefined> {
  const { header, index, signal, skipUnits = 0 } = init;
  checkCodeShape(header);
  const layout = layoutOf(header.plainBytes, header.k);
  const reads = new RacedReads(new ReaderSet(header, init.readers, init.source));
  let buffer = new StripeBuffer({ k: header.k, n: Math.max(header.n, index + 1), slots: 1 });
  const firstUnit = HEADER_UNITS + skipUnits;
  const rounds: StripeRun[] = [];
  const firstStripe = Math.floor(skipUnits / UNITS_PER_CELL);
  for (let from = firstStripe; from < layout.stripes; from += STRIPES_PER_ROUND) {
    const stripes = { from, to: Math.min(from + STRIPES_PER_ROUND, layout.stripes) };
    const last = stripes.to - 1;
    const units = { from: firstUnitOf(from), to: firstUnitOf(last) + cellBytesOf(layout, last) / UNIT_BYTES };
    rounds.push({ stripes, units });
  }
  let ahead: Promise<Map<number, Uint8Array>> | undefined;
  for (const [round, run] of rounds.entries()) {
    const cells = await (ahead ?? readRun(reads, run, signal));
    const next = rounds[round + 1];
    ahead = next === undefined ? undefined : readRun(reads, next, signal);
    // It is awaited in its turn, if there is one: whoever leaves early does not hear of its failure.
    ahead?.catch(() => undefined);
    const present = [...cells.keys()];
    // Shards that began as spares have numbers from n on.
    const width = Math.max(...present) + 1;
    if (width > buffer.shape.n) buffer = new StripeBuffer({ k: header.k, n: width, slots: 1 });
    for (let stripe = run.stripes.from; stripe < run.stripes.to; stripe++) {
      const at = (firstUnitOf(stripe) - run.units.from) * UNIT_BYTES;
      const bytes = cellBytesOf(layout, stripe);
      for (const [shard, read] of cells) buffer.cell(0, shard).set(read.subarray(at, at + bytes));
      buffer.rebuild(0, present, [index], 0, bytes);
      const skip = Math.max(0, firstUnit - firstUnitOf(stripe)) * UNIT_BYTES;
      if (skip < bytes) yield buffer.cell(0, index).slice(skip, bytes);
    }
  }
  if (skipUnits < layout.unitsPerShard) yield encodeHeaderUnit({ ...header, index });
}

interface StripeRun {
  stripes: { from: number; to: number };
  units: { from: number; to: number };
}

/** The same units of k shards at once, by shard. */
async function readRun(reads: RacedReads, { units }: StripeRun, signal: AbortSignal): Promise<Map<number, Uint8Array>> {
  const planReads = (readers: readonly ShardReader[]) => new Map(readers.map((reader) => [reader, units]));
  const fetched = await reads.fetch(units.to - units.from, planReads, signal);
  return new Map([...fetched.units].map(([reader, { bytes }]) => [reader.index, bytes]));
}
