import { addRent, decay, scoreOf } from '../formulas.ts';
import { type EventOf, type ReplayContext, unheardOf } from './context.ts';

export interface ReputationRecord {
  good: bigint;
  bad: bigint;
  updated: number;
  missed: number;
  kept: number;
  failed: number;
  handedOver: number;
  audited: number;
}

/** What the contracts saw of each provider, to the last digit. */
export class Reputation {
  readonly #context: ReplayContext;
  readonly #records = new Map<number, ReputationRecord>();

  constructor(context: ReplayContext) {
    this.#context = context;
  }

  get(provider: number): ReputationRecord {
    const record = this.#records.get(provider) ?? {
      good: 0n,
      bad: 0n,
      updated: 0,
      missed: 0,
      kept: 0,
      failed: 0,
      handedOver: 0,
      audited: 0,
    };
    this.#records.set(provider, record);
    return record;
  }

  /** Score in [0, 1e18] as of a period. */
  score(provider: number, period: number): bigint {
    const { good, bad, updated } = this.get(provider);
    const { halfLifePeriods, ...weights } = this.#context.parameters;
    return scoreOf(
      decay(good, updated, period, halfLifePeriods),
      decay(bad, updated, period, halfLifePeriods),
      weights,
    );
  }

  /** A proven period. */
  proven(provider: number, period: number, rent: bigint): void {
    this.#add(provider, period, rent, 0n);
  }

  apply(event: EventOf<'reputation'>): void {
    const { provider } = event.args;
    const record = this.get(provider);
    const subject = `provider ${provider}`;
    this.#context.findings.touch(subject);
    this.#context.transaction.seen(subject, 'its record', textOf(event));
    switch (event.name) {
      case 'BadRecorded':
        this.#add(provider, event.args.period, 0n, event.args.rent);
        record.missed += event.args.missed;
        return undefined;
      case 'AgreementKept':
        record.kept += 1;
        return undefined;
      case 'AgreementHandedOver':
        record.handedOver += 1;
        return undefined;
      case 'AuditPassed':
        record.audited += 1;
        return undefined;
      case 'AgreementFailed':
        record.failed += 1;
        return undefined;
      default:
        return unheardOf(event);
    }
  }

  /** By the rules, the provider's record must now say this. */
  due(provider: number, text: string): void {
    this.#context.transaction.due(`provider ${provider}`, 'its record', text);
  }

  #add(provider: number, period: number, good: bigint, bad: bigint): void {
    const record = this.get(provider);
    const { halfLifePeriods } = this.#context.parameters;
    record.good = addRent(decay(record.good, record.updated, period, halfLifePeriods), good);
    record.bad = addRent(decay(record.bad, record.updated, period, halfLifePeriods), bad);
    record.updated = Math.max(record.updated, period);
  }
}

/** What the rules expect a record to say. */
export const recordText = {
  bad: (period: number, rent: bigint, missed: number) => `${rent} of bad rent in period ${period}, ${missed} missed`,
  kept: 'an agreement kept',
  handedOver: 'an agreement handed over',
  audited: 'an audit answered',
  failed: (value: bigint) => `an agreement failed with ${value} unserved`,
};

function textOf(event: EventOf<'reputation'>): string {
  switch (event.name) {
    case 'BadRecorded':
      return recordText.bad(event.args.period, event.args.rent, event.args.missed);
    case 'AgreementKept':
      return recordText.kept;
    case 'AgreementHandedOver':
      return recordText.handedOver;
    case 'AuditPassed':
      return recordText.audited;
    case 'AgreementFailed':
      return recordText.failed(event.args.value);
    default:
      return unheardOf(event);
  }
}
