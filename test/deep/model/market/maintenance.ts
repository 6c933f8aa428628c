import type { Clock } from './clock.ts';
import { need } from './refusal.ts';
import { MAX_UINT32, type Undoable, copyRecords } from './types.ts';

export interface MaintenanceParams {
  maintenancePeriods: number;
  maintenanceCycle: number;
}

/** Periods [fromPeriod, untilPeriod) that a provider declared, and where the stretch before began; 0 when there was none. */
interface Stretch {
  fromPeriod: number;
  untilPeriod: number;
  lastFrom: number;
}

/** The maintenance of IPossessionProofs: periods for which a provider said beforehand that it may not prove. */
export class Maintenance implements Undoable {
  readonly params: MaintenanceParams;
  readonly #clock: Clock;
  #stretches = new Map<number, Stretch>();

  constructor(params: MaintenanceParams, clock: Clock) {
    this.params = params;
    this.#clock = clock;
  }

  save(): () => void {
    const stretches = copyRecords(this.#stretches);
    return () => {
      this.#stretches = stretches;
    };
  }

  /** Requirements on a new stretch; what lies behind is to be recorded before it is kept. */
  requireAllowed(provider: number, fromPeriod: number, periods: number): void {
    const { maintenancePeriods } = this.params;
    const current = this.#clock.period;
    need(fromPeriod > current, 'PossessionProofs_MaintenanceTooLate', provider, fromPeriod, current);
    const short = periods <= maintenancePeriods && BigInt(fromPeriod + periods) <= MAX_UINT32;
    need(short, 'PossessionProofs_MaintenanceTooLong', provider, periods, maintenancePeriods);
    const earliest = this.earliest(provider);
    need(fromPeriod >= earliest, 'PossessionProofs_MaintenanceTooSoon', provider, fromPeriod, earliest);
    const running = this.covers(provider, current);
    need(!running, 'PossessionProofs_MaintenanceRunning', provider, this.get(provider).untilPeriod);
  }

  declare(provider: number, fromPeriod: number, periods: number): void {
    const lastFrom = this.#before(provider);
    this.#stretches.set(provider, { fromPeriod, untilPeriod: fromPeriod + periods, lastFrom });
  }

  /** The first period in which the next stretch may start; 0 when any may. */
  earliest(provider: number): number {
    const before = this.#before(provider);
    return before === 0 ? 0 : before + this.params.maintenanceCycle;
  }

  /** Whether a period was declared for maintenance. */
  covers(provider: number, period: number): boolean {
    const { fromPeriod, untilPeriod } = this.get(provider);
    return fromPeriod <= period && period < untilPeriod;
  }

  get(provider: number): Stretch {
    return this.#stretches.get(provider) ?? { fromPeriod: 0, untilPeriod: 0, lastFrom: 0 };
  }

  hasDeclared(provider: number): boolean {
    return this.#stretches.has(provider);
  }

  /** Where the last stretch that began did so: one that has not begun is replaced, and one taken back never begins. */
  #before(provider: number): number {
    const { fromPeriod, untilPeriod, lastFrom } = this.get(provider);
    const began = fromPeriod <= this.#clock.period && untilPeriod > fromPeriod;
    return began ? fromPeriod : lastFrom;
  }
}
