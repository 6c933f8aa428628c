import { type Accounts, BURN_ACCOUNT } from './accounts.ts';
import type { Clock } from './clock.ts';
import { need } from './refusal.ts';
import type { Sessions } from './sessions.ts';
import { type Address, BPS, MAX_UINT32, type Undoable } from './types.ts';

export interface StakeParams {
  bond: bigint;
  capacityBond: bigint;
  unbondDelay: number;
  reportFee: bigint;
  compensationBps: number;
  healPeriods: number;
  ladderBps: readonly [number, number, number, number];
}

/** Strikes of a provider that failed for good. */
export const FAILED = 255;
/** What stays of collateral is kept as a fraction of this, rounded down at each miss. */
const WHOLE = 10n ** 18n;
/** Below this fraction a provider has failed as well. */
const WORN_OUT = 10n ** 9n;
const LADDER_STEPS = 4;

/** A miss, and what stays of everything locked before the provider's first one. */
interface Miss {
  period: number;
  /** Share that it took, in 1/10,000. */
  step: bigint;
  left: bigint;
  /** Account that waits for the report fee; 0 for none. */
  reporter: number;
}

export interface Stake {
  free: bigint;
  locked: bigint;
  strikes: number;
  misses: Miss[];
  unbonding: bigint;
  releaseTime: number;
}

/** ICollateral: what providers have at risk. */
export class Stakes implements Undoable {
  readonly #params: StakeParams;
  readonly #clock: Clock;
  readonly #accounts: Accounts;
  readonly #sessions: Sessions;
  #stakes = new Map<number, Stake>();

  constructor(params: StakeParams, clock: Clock, accounts: Accounts, sessions: Sessions) {
    this.#params = params;
    this.#clock = clock;
    this.#accounts = accounts;
    this.#sessions = sessions;
  }

  save(): () => void {
    const stakes = new Map(
      [...this.#stakes].map(([id, stake]) => [id, { ...stake, misses: stake.misses.map((miss) => ({ ...miss })) }]),
    );
    return () => {
      this.#stakes = stakes;
    };
  }

  get bond(): bigint {
    return this.#params.bond;
  }

  get(provider: number): Stake {
    const stake = this.#stakes.get(provider);
    need(stake !== undefined, 'NodeRegistry_UnknownProvider', provider);
    return stake;
  }

  open(provider: number): void {
    this.#stakes.set(provider, { free: 0n, locked: 0n, strikes: 0, misses: [], unbonding: 0n, releaseTime: 0 });
  }

  addFree(provider: number, amount: bigint): void {
    this.get(provider).free += amount;
  }

  /** Units of capacity that the stake covers beyond the bond; none once the provider failed. */
  coveredCapacity(provider: number): bigint {
    const { free, locked, strikes } = this.get(provider);
    if (strikes === FAILED) return 0n;
    const { bond, capacityBond } = this.#params;
    if (capacityBond === 0n) return MAX_UINT32;
    const beyond = free + locked - bond;
    return beyond > 0n ? beyond / capacityBond : 0n;
  }

  hasFailed(provider: number): boolean {
    return this.get(provider).strikes === FAILED;
  }

  lastMiss(provider: number): number {
    return this.get(provider).misses.at(-1)?.period ?? 0;
  }

  // ---------------------------------------------------------------- what anybody can do

  stake(caller: Address, provider: number, owner: Address, amount: bigint): void {
    need(amount !== 0n, 'Collateral_ZeroAmount');
    this.get(provider);
    this.#sessions.spend(owner, caller, amount);
    this.#accounts.lock('collateral', owner, amount, 0n);
    this.addFree(provider, amount);
  }

  /**
   * @param bonded the provider has units in its tree
   * @param capacity units that it declared
   */
  requestUnbond(provider: number, amount: bigint, bonded: boolean, capacity: number): void {
    need(amount !== 0n, 'Collateral_ZeroAmount');
    const stake = this.get(provider);
    const available = bonded || stake.locked !== 0n ? this.#aboveBond(stake) : stake.free;
    need(available >= amount, 'Collateral_InsufficientStake', provider, available, amount);
    const remaining = stake.free - amount + stake.locked;
    const needed = this.#params.bond + BigInt(capacity) * this.#params.capacityBond;
    const covered = capacity === 0 || remaining >= needed;
    need(covered, 'Collateral_CapacityBonded', provider, capacity, remaining, needed);
    stake.free -= amount;
    stake.unbonding += amount;
    stake.releaseTime = this.#clock.time + this.#params.unbondDelay;
  }

  withdrawUnbonded(provider: number, operatorAccount: number | undefined): void {
    const stake = this.#stakes.get(provider);
    need(stake !== undefined && stake.unbonding !== 0n, 'Collateral_NothingUnbonding', provider);
    const { releaseTime, unbonding } = stake;
    need(this.#clock.time >= releaseTime, 'Collateral_StillUnbonding', provider, BigInt(releaseTime));
    if (operatorAccount === undefined) throw new Error(`provider ${provider} has stake but no account`);
    [stake.unbonding, stake.releaseTime] = [0n, 0];
    this.#accounts.release('collateral', operatorAccount, unbonding);
  }

  // ---------------------------------------------------------------- misses

  /** One missed period after the other, each taking its step of the ladder, until the provider has failed. */
  strike(provider: number, periods: readonly number[], reporter: number): void {
    const stake = this.get(provider);
    if (stake.strikes === FAILED) return;
    // One report, one fee: it stands beside the first miss.
    let account = this.#setFeeAside(stake, reporter);
    for (const period of periods) {
      if (stake.strikes === FAILED) return;
      // The ladder starts again once a healing window passed without a miss.
      if (period - (stake.misses.at(-1)?.period ?? 0) > this.#params.healPeriods) stake.strikes = 0;
      const step = BigInt(this.#params.ladderBps[stake.strikes] ?? BPS);
      const left = ((stake.misses.at(-1)?.left ?? WHOLE) * (BPS - step)) / BPS;
      stake.strikes += 1;
      const failed = stake.strikes === LADDER_STEPS || left < WORN_OUT;
      if (failed) stake.strikes = FAILED;
      stake.misses.push({ period, step: failed ? BPS : step, left: failed ? 0n : left, reporter: account });
      account = 0;
    }
  }

  /** What waits for reporters. */
  owedFees(provider: number): bigint {
    const { misses } = this.get(provider);
    return BigInt(misses.filter(({ reporter }) => reporter !== 0).length) * this.#params.reportFee;
  }

  /** @param slash number of the miss, from 0 */
  claimReportFee(provider: number, slash: number): void {
    const miss = this.#stakes.get(provider)?.misses[slash];
    need(miss !== undefined && miss.reporter !== 0, 'Collateral_NoReportFee', provider, slash);
    need(miss.reporter < this.#accounts.count, 'Collateral_NoSuchAccount', miss.reporter);
    this.#accounts.release('collateral', miss.reporter, this.#params.reportFee);
    miss.reporter = 0;
  }

  // ---------------------------------------------------------------- collateral of agreements

  lock(provider: number, amount: bigint): void {
    const stake = this.get(provider);
    need(stake.strikes !== FAILED, 'Collateral_ProviderFailed', provider);
    const available = this.#aboveBond(stake);
    need(available >= amount, 'Collateral_InsufficientStake', provider, available, amount);
    stake.free -= amount;
    stake.locked += amount;
  }

  /** What stays, before period `before`, of `amount` that was locked for an agreement from `start` on. */
  remaining(provider: number, start: number, before: number, amount: bigint): bigint {
    const { misses } = this.get(provider);
    const leftBefore = (period: number): bigint => misses.filter((miss) => miss.period < period).at(-1)?.left ?? WHOLE;
    const whole = leftBefore(start);
    // The provider had failed before the first period that counts: no miss touched this collateral.
    return whole === 0n ? amount : (amount * leftBefore(before)) / whole;
  }

  /** The same without rounding between misses: one share after the other off the amount itself. */
  exactlyRemaining(provider: number, start: number, before: number, amount: bigint): { left: bigint; misses: number } {
    const own = this.get(provider).misses.filter(({ period }) => period >= start && period < before);
    const kept = own.reduce((product, { step }) => product * (BPS - step), amount);
    return { left: kept / BPS ** BigInt(own.length), misses: own.length };
  }

  /** Slashed collateral leaves: the client first, if there is one to be compensated; the rest is burned. */
  slash(provider: number, clientAccount: number | undefined, amount: bigint): void {
    this.get(provider).locked -= amount;
    const toClient = clientAccount === undefined ? 0n : (amount * BigInt(this.#params.compensationBps)) / BPS;
    if (clientAccount !== undefined) this.#accounts.release('collateral', clientAccount, toClient);
    this.#accounts.release('collateral', BURN_ACCOUNT, amount - toClient);
  }

  /** Collateral of an agreement that is over becomes free stake. */
  free(provider: number, amount: bigint): void {
    const stake = this.get(provider);
    stake.locked -= amount;
    stake.free += amount;
  }

  /** The account that the fee waits for: none when nobody is named or the free stake does not cover it. */
  #setFeeAside(stake: Stake, reporter: number): number {
    const { reportFee } = this.#params;
    if (reporter === 0 || reportFee === 0n || stake.free < reportFee) return 0;
    stake.free -= reportFee;
    return reporter;
  }

  #aboveBond(stake: Stake): bigint {
    return stake.free > this.#params.bond ? stake.free - this.#params.bond : 0n;
  }
}
