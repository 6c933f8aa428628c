import { FAILED_STRIKES, type Slash, WHOLE, nextStrike } from '../formulas.ts';
import { type ArgsOf, type EventOf, type ReplayContext, unheardOf } from './context.ts';
import type { Registry } from './registry.ts';
import type { Accounts } from './accounts.ts';

export interface Stake {
  free: bigint;
  locked: bigint;
  strikes: number;
  /** Each miss and what stayed after it. */
  slashes: Slash[];
  unbonding: bigint;
  /** Unix seconds. */
  releaseTime: number;
  /** Account that is owed the report fee, by number of the slash. */
  fees: Map<number, { account: number; amount: bigint }>;
  /** The event that says so was seen. */
  saidFailed: boolean;
  /** Slashes that the proofs have accounted for as missed periods. */
  accounted: number;
}

/** What providers have at risk. */
export class Stakes {
  readonly #context: ReplayContext;
  readonly #registry: Registry;
  readonly #accounts: Accounts;
  readonly #stakes = new Map<number, Stake>();
  /** Providers whose bond was seen. */
  readonly #bonded = new Set<number>();

  constructor(context: ReplayContext, registry: Registry, accounts: Accounts) {
    this.#context = context;
    this.#registry = registry;
    this.#accounts = accounts;
  }

  get(provider: number): Stake {
    const stake = this.#stakes.get(provider) ?? {
      free: 0n,
      locked: 0n,
      strikes: 0,
      slashes: [],
      unbonding: 0n,
      releaseTime: 0,
      fees: new Map(),
      saidFailed: false,
      accounted: 0,
    };
    this.#stakes.set(provider, stake);
    return stake;
  }

  all(): [number, Stake][] {
    return [...this.#stakes];
  }

  lastMiss(provider: number): number {
    return this.get(provider).slashes.at(-1)?.period ?? 0;
  }

  hasFailed(provider: number): boolean {
    return this.get(provider).strikes === FAILED_STRIKES;
  }

  /** Token wei of every provider's stake, in whatever state. */
  get total(): bigint {
    return this.all().reduce(
      (sum, [, stake]) => sum + stake.free + stake.locked + stake.unbonding + owedFees(stake),
      0n,
    );
  }

  /** Free stake goes behind an agreement. */
  lock(provider: number, agreement: bigint, amount: bigint, purse: string): void {
    const stake = this.get(provider);
    stake.free -= amount;
    stake.locked += amount;
    const from = `stake ${provider}`;
    this.#context.ledger.move({ what: 'collateral locked', from, to: purse, agreement, provider, amount });
  }

  apply(event: EventOf<'collateral'>): void {
    const { findings, transaction } = this.#context;
    const { provider } = event.args;
    const subject = `provider ${provider}`;
    const stake = this.get(provider);
    findings.touch(subject);
    switch (event.name) {
      case 'Staked':
        return this.#staked(subject, stake, event.args);
      case 'UnbondRequested':
        return this.#unbondRequested(subject, stake, event.args);
      case 'Unbonded':
        return this.#unbonded(subject, stake, event.args);
      case 'CollateralReleased':
        transaction.seen(subject, 'collateral that became free', String(event.args.amount));
        stake.locked -= event.args.amount;
        stake.free += event.args.amount;
        return undefined;
      case 'Struck':
        return this.#struck(subject, stake, event.args);
      case 'ProviderFailed':
        findings.event(
          subject,
          'the miss that failed it',
          this.hasFailed(provider) ? this.lastMiss(provider) : 'none',
          event.args.period,
        );
        findings.event(subject, 'whether its failure was announced before', false, stake.saidFailed);
        stake.saidFailed = true;
        return undefined;
      case 'Slashed':
        return this.#slashed(subject, stake, event.args);
      case 'ReportFeeOwed':
        return this.#feeOwed(subject, stake, event.args);
      case 'ReportFeePaid':
        return this.#feePaid(subject, stake, event.args);
      default:
        return unheardOf(event);
    }
  }

  #staked(subject: string, stake: Stake, { provider, from, amount }: ArgsOf<'collateral', 'Staked'>): void {
    const { ledger, transaction } = this.#context;
    // The first stake of a provider is its bond.
    if (!this.#bonded.has(provider)) transaction.seen(subject, 'registered', 'a bond');
    this.#bonded.add(provider);
    stake.free += amount;
    transaction.dueFlow('Collateral', { owner: from }, -amount);
    ledger.move({ what: 'staked', from: `account ${from}`, to: `stake ${provider}`, provider, amount });
  }

  #unbondRequested(
    subject: string,
    stake: Stake,
    { provider, amount, releaseTime }: ArgsOf<'collateral', 'UnbondRequested'>,
  ): void {
    const { findings, ledger } = this.#context;
    stake.free -= amount;
    stake.unbonding += amount;
    stake.releaseTime = Number(releaseTime);
    findings.event(subject, 'whether its free stake covers this', true, stake.free >= 0n);
    const to = `unbonding ${provider}`;
    ledger.move({ what: 'unbonding', from: `stake ${provider}`, to, provider, amount });
  }

  #unbonded(subject: string, stake: Stake, { provider, amount }: ArgsOf<'collateral', 'Unbonded'>): void {
    const { findings, ledger, transaction } = this.#context;
    findings.event(subject, 'what was unbonding', stake.unbonding, amount);
    stake.unbonding -= amount;
    stake.releaseTime = 0;
    const operator = this.#registry.operatorOf(provider);
    transaction.dueFlow('Collateral', operator, amount);
    const to = this.#accounts.purseOf(operator);
    ledger.move({ what: 'unbonded', from: `unbonding ${provider}`, to, provider, amount });
  }

  #struck(subject: string, stake: Stake, { period, strikes, remaining }: ArgsOf<'collateral', 'Struck'>): void {
    const { findings, parameters } = this.#context;
    const last = stake.slashes.at(-1);
    findings.event(subject, 'whether a miss follows the one before', true, period > (last?.period ?? 0));
    const state = { strikes: stake.strikes, lastMiss: last?.period ?? 0, index: last?.remaining ?? WHOLE };
    const next = nextStrike(state, period, parameters);
    findings.event(subject, `strikes after the miss of period ${period}`, next.strikes, strikes);
    findings.event(subject, `what stays of its collateral after period ${period}`, next.index, remaining);
    stake.strikes = strikes;
    stake.slashes.push({ period, remaining });
  }

  #slashed(subject: string, stake: Stake, args: ArgsOf<'collateral', 'Slashed'>): void {
    const { clientAccount, toClient, burned } = args;
    const { transaction } = this.#context;
    stake.locked -= toClient + burned;
    transaction.seen(
      subject,
      'what was slashed',
      slashText(this.#accounts.purseOf({ account: clientAccount }), toClient, burned),
    );
    transaction.dueFlow('Collateral', { account: clientAccount }, toClient);
    transaction.dueFlow('Collateral', { account: 0 }, burned);
  }

  #feeOwed(subject: string, stake: Stake, args: ArgsOf<'collateral', 'ReportFeeOwed'>): void {
    const { provider, slash, account, amount } = args;
    const { findings, ledger, parameters, transaction } = this.#context;
    findings.event(subject, 'the number of the slash that a report fee is owed for', stake.slashes.length, slash);
    findings.event(subject, 'the report fee', parameters.reportFee, amount);
    stake.free -= amount;
    stake.fees.set(slash, { account, amount });
    transaction.atEnd(() => {
      findings.books(subject, `whether slash ${slash} came with its report fee`, true, stake.slashes.length > slash);
    });
    ledger.move({ what: 'report fee owed', from: `stake ${provider}`, to: `fees ${provider}`, provider, amount });
  }

  #feePaid(subject: string, stake: Stake, args: ArgsOf<'collateral', 'ReportFeePaid'>): void {
    const { provider, slash, account, amount } = args;
    const { findings, ledger, transaction } = this.#context;
    const owed = stake.fees.get(slash);
    findings.event(subject, `the account that is owed the fee of slash ${slash}`, owed?.account ?? 'none', account);
    findings.event(subject, `the fee of slash ${slash}`, owed?.amount ?? 0n, amount);
    stake.fees.delete(slash);
    transaction.dueFlow('Collateral', { account }, amount);
    const to = this.#accounts.purseOf({ account });
    ledger.move({ what: 'report fee paid', from: `fees ${provider}`, to, provider, amount });
  }
}

/** Token wei set aside for those who reported misses. */
export function owedFees(stake: Stake): bigint {
  return [...stake.fees.values()].reduce((sum, { amount }) => sum + amount, 0n);
}

export function slashText(client: string, toClient: bigint, burned: bigint): string {
  return `${toClient} to ${client.toLowerCase()} and ${burned} burned`;
}
