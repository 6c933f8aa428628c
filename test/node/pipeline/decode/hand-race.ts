import { UNIT_BYTES } from '../../../../node/core/units.ts';
import { RacedReads, type FetchedFrom, type PlanReads } from '../../../../node/pipeline/decode/raced-reads.ts';
import { ReaderSet, type ShardReader } from '../../../../node/pipeline/decode/reader-set.ts';
import type { UnitSpan } from '../../../../node/pipeline/decode/window-plan.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** Units that each reader has to give of a window. */
export const UNITS = 4;
/** Longer than anything is waited for before somebody else is asked. */
export const LATE_MS = 2_000;

/** A reader that answers when the test says so. */
export class HandReader implements ShardReader {
  readonly index: number;
  readonly asked: UnitSpan[] = [];
  readonly released: Uint8Array[] = [];
  heldUp = false;
  readonly #answers: PromiseWithResolvers<Uint8Array>[] = [];

  constructor(index: number) {
    this.index = index;
  }

  async readUnits(from: number, count: number): Promise<Uint8Array> {
    this.asked.push({ from, to: from + count });
    const answer = Promise.withResolvers<Uint8Array>();
    this.#answers.push(answer);
    return answer.promise;
  }

  /** Answers its last call. */
  give(bytes = new Uint8Array(this.#span().to * UNIT_BYTES - this.#span().from * UNIT_BYTES)): Uint8Array {
    this.#answers.at(-1)?.resolve(bytes);
    return bytes;
  }

  fail(reason: Error): void {
    this.#answers.at(-1)?.reject(reason);
  }

  release(bytes: Uint8Array): void {
    this.released.push(bytes);
  }

  isHeldUp(): boolean {
    return this.heldUp;
  }

  #span(): UnitSpan {
    const span = this.asked.at(-1);
    if (span === undefined) throw new Error(`shard ${this.index} was not asked`);
    return span;
  }
}

const equalShares: PlanReads = (readers) => new Map(readers.map((reader) => [reader, { from: 0, to: UNITS }]));

/** What has become of a window. */
interface Fetching {
  from?: number[];
  fetched?: FetchedFrom;
  error?: unknown;
}

/** Windows read from `k` readers, with all that happens in the hands of the test. */
export class HandRace {
  readonly clock = new ManualClock();
  readonly abort = new AbortController();
  readonly readers: HandReader[];
  readonly reads: RacedReads;
  /** What the source gives when it is asked for another reader. */
  spares: (HandReader | Error | Promise<HandReader>)[] = [];
  /** How often it was asked. */
  opened = 0;
  /** Of whom it has heard that they failed, and why. */
  readonly failed: [number, unknown][] = [];

  constructor(k: number) {
    this.readers = Array.from({ length: k }, (_, index) => new HandReader(index));
    const source = {
      failed: ({ index }: ShardReader, reason: unknown) => this.failed.push([index, reason]),
      next: async () => {
        this.opened++;
        const next = this.spares.shift();
        if (next instanceof Error) throw next;
        return next;
      },
    };
    this.reads = new RacedReads(new ReaderSet({ k, n: 9 }, this.readers, source, this.clock), this.clock);
  }

  fetch(planReads: PlanReads = equalShares): Fetching {
    const fetching: Fetching = {};
    this.reads.fetch(UNITS, planReads, this.abort.signal).then(
      (fetched) => Object.assign(fetching, { fetched, from: fetched.readers.map(({ index }) => index) }),
      (error: unknown) => Object.assign(fetching, { error }),
    );
    return fetching;
  }
}

/** How often each of them was asked. */
export function asked(...readers: HandReader[]): number[] {
  return readers.map((reader) => reader.asked.length);
}
