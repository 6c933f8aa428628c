import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { MAX_CHAIN_SILENCE_MS } from '../agreements/limits.ts';
import type { ChainClock, Head } from './chain-clock.ts';
import { GAS_PER_TRANSACTION, GAS_RUNWAY_TRANSACTIONS } from './limits.ts';
import type { ReadinessCheck } from './monitor-server.ts';
import type { ProviderChain } from './provider-chain.ts';
import type { StoreHealth } from './store-health.ts';
import { Turns } from './turns.ts';

export interface VitalsComponents {
  chain: Pick<ProviderChain, 'balances' | 'gasPrice' | 'stake' | 'nodeAddress'>;
  chainClock: Pick<ChainClock, 'subscribe' | 'head' | 'silentMs'>;
  health: Pick<StoreHealth, 'requireHealthy'>;
  logger: Logger;
}

/** `strikes` of a provider that has failed for good. */
const FAILED_FOR_GOOD = 255;

/** Looks once per period at what a provider dies of: no gas, a bad disk, too many misses. Says so before it happens. */
export class Vitals {
  readonly #components: VitalsComponents;
  readonly #turns: Turns;
  #period = 0;
  #gasWei: bigint | undefined;
  #gasNeeded = 0n;
  #diskProblem: string | undefined;
  #strikes = 0;

  constructor(components: VitalsComponents) {
    this.#components = components;
    this.#turns = new Turns(components, 'vitals', (head, signal) => this.#turn(head, signal));
  }

  start(): void {
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  /** The node key's balance at the last look. */
  get gasWei(): bigint | undefined {
    return this.#gasWei;
  }

  /** Whether the market has given this provider up: its agreements can be ended, and no new one formed. */
  get failedForGood(): boolean {
    return this.#strikes === FAILED_FOR_GOOD;
  }

  readinessChecks(): ReadinessCheck[] {
    const { chainClock, chain } = this.#components;
    return [
      {
        name: 'chain',
        problem: () => (chainClock.silentMs() > MAX_CHAIN_SILENCE_MS ? 'the chain does not answer' : undefined),
      },
      { name: 'disk', problem: () => this.#diskProblem },
      {
        name: 'gas',
        problem: () => (this.#isGasLow() ? `the node key ${chain.nodeAddress} is nearly out of gas` : undefined),
      },
      {
        name: 'standing',
        problem: () => (this.failedForGood ? 'the provider missed too many periods and has failed' : undefined),
      },
    ];
  }

  async #turn({ period }: Head, signal: AbortSignal): Promise<void> {
    if (period === this.#period) return;
    await this.#lookAtDisk();
    await this.#lookAtChain(signal);
    this.#period = period;
  }

  async #lookAtDisk(): Promise<void> {
    try {
      await this.#components.health.requireHealthy();
      this.#diskProblem = undefined;
    } catch (error) {
      this.#diskProblem = messageOf(error);
      this.#components.logger.error({ reason: this.#diskProblem }, 'the disk is not in order');
    }
  }

  async #lookAtChain(signal: AbortSignal): Promise<void> {
    const { chain, logger } = this.#components;
    const [balances, price, stake] = await Promise.all([
      chain.balances(signal),
      chain.gasPrice(signal),
      chain.stake(signal),
    ]);
    this.#gasWei = balances.gas;
    this.#gasNeeded = price * GAS_PER_TRANSACTION * GAS_RUNWAY_TRANSACTIONS;
    if (this.#isGasLow()) {
      logger.warn(
        { nodeKey: chain.nodeAddress, wei: balances.gas, needed: this.#gasNeeded },
        'the node key is nearly out of gas: send it some',
      );
    }
    if (stake.strikes > this.#strikes)
      logger.warn({ strikes: stake.strikes }, 'periods were missed: a run of misses ends all agreements');
    this.#strikes = stake.strikes;
  }

  #isGasLow(): boolean {
    return this.#gasWei !== undefined && this.#gasWei < this.#gasNeeded;
  }
}
