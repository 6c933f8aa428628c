import { SKETCH_BITS, addRent, decay, scoreOf } from '../../market/reputation.ts';
import { type ArgsOf, type EventOf, type ReplayContext, periodOf, unheardOf } from './context.ts';

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
  /** By provider and half-life: which clients were counted, by account number modulo the sketch's width. */
  readonly #clients = new Map<string, Set<number>>();
  readonly #lastEpoch = new Map<number, number>();

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
    const { halfLifePeriods, fullClients, ...weights } = this.#context.parameters;
    const counted = Math.min(Math.max(1, this.clients(provider, period)), fullClients);
    return scoreOf(
      (decay(good, updated, period, halfLifePeriods) * BigInt(counted)) / BigInt(fullClients),
      decay(bad, updated, period, halfLifePeriods),
      weights,
    );
  }

  /** Distinct clients that count in a period: those of its half-life and of the one before. */
  clients(provider: number, period: number): number {
    const epoch = this.#epochOf(period);
    const of = (one: number): Set<number> => this.#clients.get(`${provider}/${one}`) ?? new Set();
    return new Set([...of(epoch), ...of(epoch - 1)]).size;
  }

  /** The sketches as they were last written: the half-life, its clients, and those of the one before. */
  sketches(provider: number): { epoch: number; recent: bigint; before: bigint } {
    const epoch = this.#lastEpoch.get(provider) ?? 0;
    const of = (one: number): bigint =>
      [...(this.#clients.get(`${provider}/${one}`) ?? [])].reduce((sketch, bit) => sketch | (1n << BigInt(bit)), 0n);
    return { epoch, recent: of(epoch), before: of(epoch - 1) };
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
    if (event.name === 'ClientCounted') {
      const period = periodOf(event.place.block, this.#context.parameters);
      this.#context.findings.event(subject, 'the period in which a client was counted', period, event.args.period);
      return this.#count(event.args);
    }
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

  /** Anybody may have a client counted; the contract looks whether it was served. */
  #count({ provider, clientAccount, period }: ArgsOf<'reputation', 'ClientCounted'>): void {
    const key = `${provider}/${this.#epochOf(period)}`;
    const clients = this.#clients.get(key) ?? new Set();
    const bit = clientAccount % SKETCH_BITS;
    this.#context.findings.event(
      `provider ${provider}`,
      `whether client ${clientAccount} counted`,
      false,
      clients.has(bit),
    );
    this.#clients.set(key, clients.add(bit));
    this.#lastEpoch.set(provider, this.#epochOf(period));
  }

  #epochOf(period: number): number {
    return Math.floor(period / Number(this.#context.parameters.halfLifePeriods));
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

function textOf(event: Exclude<EventOf<'reputation'>, { name: 'ClientCounted' }>): string {
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
