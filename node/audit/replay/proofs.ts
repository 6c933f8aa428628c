import type { AgreementId } from '../../market/messages.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { type ArgsOf, type EventOf, type ReplayContext, periodOf, unheardOf } from './context.ts';
import { type Duty, atOpen, emptyDuty, missedBefore, rentOver, touch } from './duty.ts';
import { type Reputation, recordText } from './reputation.ts';
import type { Seeds } from './seeds.ts';
import type { Stakes } from './stakes.ts';

/** Who holds what in which period, which periods were proven and which were missed. */
export class Proofs {
  readonly #context: ReplayContext;
  readonly #stakes: Stakes;
  readonly #reputation: Reputation;
  readonly #seeds: Seeds;
  readonly #duties = new Map<number, Duty>();
  /** Told of each shard that leaves the set. */
  onRemoved: (id: AgreementId, units: number, rent: bigint) => void = () => undefined;
  onConceded: (id: AgreementId, provider: number) => void = () => undefined;

  constructor(context: ReplayContext, stakes: Stakes, reputation: Reputation, seeds: Seeds) {
    this.#context = context;
    this.#stakes = stakes;
    this.#reputation = reputation;
    this.#seeds = seeds;
  }

  get(provider: number): Duty {
    const duty = this.#duties.get(provider) ?? emptyDuty();
    this.#duties.set(provider, duty);
    return duty;
  }

  /** Every change of a provider's set and every settlement first records what was missed. */
  requireRecorded(provider: number, current: number): void {
    const missed = missedBefore(this.get(provider), current)[0];
    const text = missed === undefined ? 'none' : `${missed.count} from period ${missed.from}`;
    this.#context.findings.event(`provider ${provider}`, 'misses that were not recorded first', text, 'none');
  }

  /** A shard joins the set, drawn from the next period on. */
  add(provider: number, units: number, rent: bigint, current: number): void {
    this.requireRecorded(provider, current);
    const duty = this.get(provider);
    touch(duty, current);
    duty.units += units;
    duty.rent += rent;
    duty.leaves += 1;
  }

  apply(event: EventOf<'possessionProofs'>): void {
    const { findings, parameters } = this.#context;
    const current = periodOf(event.place.block, parameters);
    if (event.name !== 'PeriodSeeded') findings.touch(`provider ${event.args.provider}`);
    switch (event.name) {
      case 'PeriodSeeded':
        findings.event(`seed of period ${event.args.period}`, 'its period', current, event.args.period);
        return this.#seeds.seedPeriod(event.args.period, event.args.seed, event.place.block);
      case 'PeriodProven':
        return this.#proven(event.args, current);
      case 'PeriodsMissed':
        return this.#missed(event.args, current);
      case 'MaintenanceDeclared':
        return this.#declare(event.args, current);
      case 'UnitsRemoved':
        return this.#remove(event.args, current);
      case 'LossConceded':
        return this.onConceded(event.args.agreement, event.args.provider);
      default:
        return unheardOf(event);
    }
  }

  #proven({ provider, period, rent }: ArgsOf<'possessionProofs', 'PeriodProven'>, current: number): void {
    const { findings } = this.#context;
    const subject = `provider ${provider}`;
    const duty = this.get(provider);
    findings.event(subject, 'the period that it proved', current, period);
    findings.event(subject, `whether the seed of period ${period} was fixed first`, true, this.#seeds.isSeeded(period));
    findings.event(subject, `whether it proved period ${period} before`, false, duty.proven.at(-1) === period);
    this.requireRecorded(provider, current);
    const opened = atOpen(duty, current);
    findings.event(subject, `whether it owed period ${period}`, true, opened.units !== 0);
    findings.event(subject, `the rent of period ${period}`, opened.rent, rent);
    duty.proven.push(period);
    duty.resolvedThrough = Math.max(duty.resolvedThrough, period);
    this.#reputation.proven(provider, period, rent);
  }

  #missed(args: ArgsOf<'possessionProofs', 'PeriodsMissed'>, current: number): void {
    const { provider, fromPeriod: from, count, failed } = args;
    const { findings } = this.#context;
    const subject = `provider ${provider}`;
    const duty = this.get(provider);
    const due = missedBefore(duty, current)[0];
    const stated = `${count} from period ${from}`;
    findings.event(
      subject,
      'missed periods',
      due === undefined ? 'none' : `${due.count} from period ${due.from}`,
      stated,
    );
    this.#requireStruck(provider, from, count);
    findings.event(subject, 'whether it failed', this.#stakes.hasFailed(provider), failed);
    if (failed)
      findings.event(subject, 'whether its failure was announced', true, this.#stakes.get(provider).saidFailed);
    this.#reputation.due(provider, recordText.bad(from + count - 1, rentOver(duty, { from, count }), count));
    duty.missed += count;
    duty.resolvedThrough = Math.max(duty.resolvedThrough, failed ? current - 1 : from + count - 1);
    if (failed) Object.assign(duty, { failed: true, units: 0, rent: 0n });
  }

  /** Each missed period was slashed, up to the one that failed the provider. */
  #requireStruck(provider: number, from: number, count: number): void {
    const stake = this.#stakes.get(provider);
    const fresh = stake.slashes.slice(stake.accounted).map(({ period }) => period);
    stake.accounted = stake.slashes.length;
    const length = this.#stakes.hasFailed(provider) ? Math.min(count, fresh.length) : count;
    const due = Array.from({ length }, (_, i) => from + i);
    this.#context.findings.event(`provider ${provider}`, 'slashed periods', due.join(', '), fresh.join(', '));
  }

  #declare(args: ArgsOf<'possessionProofs', 'MaintenanceDeclared'>, current: number): void {
    const { provider, fromPeriod, untilPeriod } = args;
    const { findings } = this.#context;
    const subject = `provider ${provider}`;
    findings.event(subject, 'whether its maintenance was declared ahead', true, fromPeriod > current);
    this.requireRecorded(provider, current);
    const duty = this.get(provider);
    const before = duty.maintenance;
    const began = before.fromPeriod <= current && before.untilPeriod !== before.fromPeriod;
    const running = began && current < before.untilPeriod;
    findings.event(subject, 'whether other maintenance was running', false, running);
    duty.maintenance = { fromPeriod, untilPeriod, lastFrom: began ? before.fromPeriod : before.lastFrom };
    duty.maintained = true;
    // What lies behind was judged by the stretch before, and is settled.
    if (duty.units !== 0 || (duty.touched === duty.resolvedThrough + 1 && duty.unitsAtOpen !== 0)) {
      duty.resolvedThrough = Math.max(duty.resolvedThrough, current - 1);
    }
  }

  #remove({ provider, agreement, units, rent }: ArgsOf<'possessionProofs', 'UnitsRemoved'>, current: number): void {
    const subject = `agreement ${formatAgreementId(agreement)}`;
    this.#context.findings.touch(subject);
    this.#context.findings.event(subject, 'its provider', Number(agreement >> 32n), provider);
    this.requireRecorded(provider, current);
    const duty = this.get(provider);
    if (!duty.failed) {
      touch(duty, current);
      duty.units -= units;
      duty.rent -= rent;
    }
    this.onRemoved(agreement, units, rent);
  }
}
