import { isStowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { ChainClock, Head } from './chain-clock.ts';
import { MISS_REPORTS_PER_PERIOD, MISS_SCAN_PER_PERIOD } from './limits.ts';
import type { ProviderChain } from './provider-chain.ts';
import type { Prover } from './prover.ts';
import { Turns } from './turns.ts';

export interface MissReporterComponents {
  chain: Pick<ProviderChain, 'provider' | 'providerCount' | 'unrecordedMisses' | 'recordMisses'>;
  chainClock: Pick<ChainClock, 'subscribe' | 'head' | 'opening' | 'periodBlocks'>;
  prover: Pick<Prover, 'duePeriod'>;
  /** Uniform in [0, 1). */
  random: () => number;
  logger: Logger;
}

/**
 * Records the periods that other providers missed, for the fee. Each period at a random moment, so that providers do not all
 * pay for the same report: who comes second finds nothing left to report.
 */
export class MissReporter {
  readonly #components: MissReporterComponents;
  readonly #turns: Turns;
  #period = 0;
  #moment = 0n;
  #nextProvider = 1;

  constructor(components: MissReporterComponents) {
    this.#components = components;
    this.#turns = new Turns(components, 'miss-reporter', (head, signal) => this.#turn(head, signal));
  }

  start(): void {
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  async #turn({ block, period }: Head, signal: AbortSignal): Promise<void> {
    const { chainClock, prover, random } = this.#components;
    if (period !== this.#period) {
      this.#period = period;
      this.#moment = chainClock.opening(period) + BigInt(Math.floor(random() * Number(chainClock.periodBlocks)));
    }
    if (block < this.#moment || prover.duePeriod !== undefined) return;
    // Once per period, also when it fails: the next period is soon enough.
    this.#moment = chainClock.opening(period + 1);
    await this.#scan(signal);
  }

  async #scan(signal: AbortSignal): Promise<void> {
    const { chain } = this.#components;
    const count = await chain.providerCount(signal);
    let reports = 0;
    for (let looked = 0; looked < Math.min(count, MISS_SCAN_PER_PERIOD); looked += 1) {
      if (this.#nextProvider > count) this.#nextProvider = 1;
      const other = this.#nextProvider;
      this.#nextProvider += 1;
      if (other === chain.provider || (await chain.unrecordedMisses(other, signal)) === 0) continue;
      await this.#report(other, signal);
      reports += 1;
      if (reports === MISS_REPORTS_PER_PERIOD) return;
    }
  }

  async #report(other: number, signal: AbortSignal): Promise<void> {
    const { chain, logger } = this.#components;
    try {
      await chain.recordMisses(other, signal);
      logger.info({ missed: other }, 'misses of a provider recorded');
    } catch (error) {
      if (!isStowError(error, 'possession-proofs-nothing-missed')) throw error;
    }
  }
}
