import { systemClock, type Clock } from '../../core/clock.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { UNIT_BYTES } from '../../core/units.ts';
import type { ReaderSet, ShardReader } from './reader-set.ts';
import type { UnitSpan } from './window-plan.ts';

/** Whoever takes so many times as long as half of the others did is raced. */
const LATE_FACTOR = 2;

/** Nobody is raced sooner: a garbage collection or a full line takes as long, and a race costs the units once more. */
const LEAST_LATE_MS = 250;

/** Whoever is read alone, with nobody to be compared with, is raced after that. */
const LATE_ALONE_MS = 1_500;

/** Each race that the slow one wins after all makes the next one wait twice as long, up to so many times. */
const MAX_PATIENCE = 16;

export interface FetchedUnits extends UnitSpan {
  bytes: Uint8Array;
  reader: ShardReader;
}

/** What k readers gave. */
export interface FetchedFrom {
  readers: readonly ShardReader[];
  /** Of those that had to give something. */
  units: ReadonlyMap<ShardReader, FetchedUnits>;
}

/** Which units are read of whom, when it is these k. */
export type PlanReads = (readers: readonly ShardReader[]) => ReadonlyMap<ShardReader, UnitSpan>;

interface Failed {
  what: 'failed';
  reader: ShardReader;
  reason: unknown;
}

type Event =
  | Failed
  | { what: 'read'; reader: ShardReader }
  | { what: 'late' }
  | { what: 'spare'; reader: ShardReader | undefined };

/** Reads windows of an object from k readers at once: those that fail are replaced, and those that are late are raced by others. */
export class RacedReads {
  readonly set: ReaderSet;
  readonly #clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  #patience = 1;

  constructor(set: ReaderSet, clock: Pick<Clock, 'monotonicMs' | 'sleep'> = systemClock) {
    this.set = set;
    this.#clock = clock;
  }

  /**
   * @param units as many as one reader has to give, about
   * @throws StowError `too-few-shards`; the signal's reason, at once
   */
  async fetch(units: number, planReads: PlanReads, signal: AbortSignal): Promise<FetchedFrom> {
    const race = new Race({ set: this.set, clock: this.#clock, planReads, patience: this.#patience, signal });
    try {
      const { fetched, won } = await orAborted(race.run(units), signal);
      if (won !== undefined) this.#patience = won ? 1 : Math.min(MAX_PATIENCE, this.#patience * 2);
      return fetched;
    } finally {
      race.stop();
    }
  }
}

/** k readers, and what each of them has to give. */
interface Plan {
  readers: readonly ShardReader[];
  reads: ReadonlyMap<ShardReader, UnitSpan>;
}

interface RaceInit {
  set: ReaderSet;
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  planReads: PlanReads;
  patience: number;
  signal: AbortSignal;
}

/** The reading of one window. */
class Race {
  readonly #init: RaceInit;
  /** What is waited for. */
  readonly #running = new Map<ShardReader | 'late' | 'spare', Promise<Event>>();
  readonly #have = new Map<ShardReader, FetchedUnits>();
  readonly #over = new AbortController();
  readonly #startedMs: number;
  /** The first is the one that was picked; each later one has another reader in the place of one that is late. */
  #plans: Plan[] = [];
  #isTimed = false;

  constructor(init: RaceInit) {
    this.#init = init;
    this.#startedMs = init.clock.monotonicMs();
  }

  /** @returns `won` undefined when nobody was raced, and otherwise whether that was of use */
  async run(units: number): Promise<{ fetched: FetchedFrom; won: boolean | undefined }> {
    const { set, signal } = this.#init;
    this.#plans.push(this.#plan(await set.pick(units)));
    for (;;) {
      signal.throwIfAborted();
      for (const plan of this.#plans) this.#begin(plan);
      const done = [...this.#plans, this.#planOfDone()].find((plan) => this.#isThere(plan));
      if (done !== undefined) return this.#finish(done);
      this.#setTimer();
      const event = await Promise.race(this.#running.values());
      if (event.what === 'failed') await this.#replace(event, units);
      else this.#take(event);
    }
  }

  /** Reads that are under way go on: what was sent is to be checked and paid for, and shows how fast its reader is. */
  stop(): void {
    this.#over.abort();
  }

  #plan(readers: readonly ShardReader[]): Plan {
    return { readers, reads: this.#init.planReads(readers) };
  }

  #missing({ reads }: Plan): ShardReader[] {
    return [...reads].filter(([reader, span]) => !covers(this.#have.get(reader), span)).map(([reader]) => reader);
  }

  /** Whoever is done, whether picked or racing: with several late, each of the racers may stand in for each of them. */
  #planOfDone(): Plan {
    const all = new Set(this.#plans.flatMap(({ readers }) => readers));
    const done = [...all].filter((reader) => this.#have.has(reader));
    const [{ readers } = NO_PLAN] = this.#plans;
    return done.length < readers.length ? NO_PLAN : this.#plan(done.slice(0, readers.length));
  }

  #isThere(plan: Plan): boolean {
    return plan !== NO_PLAN && this.#missing(plan).length === 0;
  }

  #begin({ reads }: Plan): void {
    for (const [reader, span] of reads) {
      if (this.#running.has(reader) || covers(this.#have.get(reader), span)) continue;
      this.#running.set(reader, this.#read(reader, span));
    }
  }

  async #read(reader: ShardReader, span: UnitSpan): Promise<Event> {
    const { set, signal } = this.#init;
    try {
      const bytes = await set.read(reader, span.from, span.to - span.from, { signal });
      if (bytes.byteLength !== (span.to - span.from) * UNIT_BYTES) throw shortRead(reader, span, bytes);
      if (this.#over.signal.aborted) reader.release?.(bytes);
      else this.#have.set(reader, { ...span, bytes, reader });
      return { what: 'read', reader };
    } catch (reason) {
      // Nobody waits for it any more, and nobody should read there again.
      if (this.#over.signal.aborted && !signal.aborted) set.drop(reader, reason);
      return { what: 'failed', reader, reason };
    }
  }

  async #replace({ reader: failed, reason }: Failed, units: number): Promise<void> {
    const { set, signal } = this.#init;
    signal.throwIfAborted();
    this.#running.delete(failed);
    set.drop(failed, reason);
    const [first = NO_PLAN, ...raced] = this.#plans;
    const left = raced.filter(({ readers }) => !readers.includes(failed));
    const kept = first.readers.filter((reader) => reader !== failed);
    this.#plans = [this.#plan(await set.pick(units, kept)), ...left];
    if (left.length < raced.length) this.#raceLate();
  }

  #take(event: Exclude<Event, Failed>): void {
    this.#running.delete(event.what === 'read' ? event.reader : event.what);
    if (event.what === 'read') return;
    if (event.what === 'spare') {
      // Without one there is nobody to race with.
      if (event.reader === undefined) return;
      this.#raceBy(event.reader);
    }
    this.#raceLate();
  }

  /** Once half of what was asked for is there, it shows how long the rest may take. */
  #setTimer(): void {
    const [plan = NO_PLAN] = this.#plans;
    const { reads } = plan;
    if (this.#isTimed || (reads.size > 1 && this.#missing(plan).length > reads.size / 2)) return;
    this.#isTimed = true;
    const elapsedMs = this.#init.clock.monotonicMs() - this.#startedMs;
    const lateMs = reads.size === 1 ? LATE_ALONE_MS : Math.max(LEAST_LATE_MS, LATE_FACTOR * elapsedMs);
    this.#callLate(lateMs * this.#init.patience - elapsedMs);
  }

  #callLate(afterMs: number): void {
    this.#running.set('late', this.#init.clock.sleep(afterMs, { signal: this.#over.signal }).then(late, late));
  }

  /** Looks for another reader in the place of one that is late, one at a time. */
  #raceLate(): void {
    if (this.#running.has('spare') || this.#late().length === 0) return;
    if (this.#late().every((reader) => reader.isHeldUp?.() === true)) return this.#callLate(LEAST_LATE_MS);
    const inUse = this.#plans.flatMap(({ readers }) => readers);
    const found = this.#init.set.spare(inUse).then(
      (reader): Event => ({ what: 'spare', reader }),
      // Nobody is raced then; what is wrong shows with those that are needed.
      (): Event => ({ what: 'spare', reader: undefined }),
    );
    this.#running.set('spare', found);
  }

  #raceBy(spare: ShardReader): void {
    const slow = this.#late().find((reader) => reader.isHeldUp?.() !== true);
    const newest = this.#plans.at(-1);
    if (slow === undefined || newest === undefined) return;
    this.#plans.push(this.#plan(newest.readers.map((reader) => (reader === slow ? spare : reader))));
  }

  /** Readers that were picked, are raced by nobody yet, and have not given all that was asked of them. */
  #late(): ShardReader[] {
    const [first = NO_PLAN] = this.#plans;
    const newest = this.#plans.at(-1) ?? NO_PLAN;
    return this.#missing(newest).filter((reader) => first.readers.includes(reader));
  }

  #finish(done: Plan): { fetched: FetchedFrom; won: boolean | undefined } {
    const units = new Map<ShardReader, FetchedUnits>();
    for (const [reader, fetched] of this.#have) {
      if (done.reads.has(reader)) units.set(reader, fetched);
      else reader.release?.(fetched.bytes);
    }
    const [first] = this.#plans;
    const [only, second] = done.readers;
    if (done !== first && only !== undefined && second === undefined) this.#init.set.prefer(only);
    const won = this.#plans.length === 1 ? undefined : done !== first;
    return { fetched: { readers: done.readers, units }, won };
  }
}

const late = (): Event => ({ what: 'late' });

const NO_PLAN: Plan = { readers: [], reads: new Map() };

function covers(got: UnitSpan | undefined, span: UnitSpan): boolean {
  return got !== undefined && got.from <= span.from && got.to >= span.to;
}

/** A reader that does not honour its signal must not keep an aborted read waiting. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
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
