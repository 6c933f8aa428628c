import { isStowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import type { AgreementId } from '../market/messages.ts';
import type { AgreementMirror } from './agreement-mirror.ts';
import type { ChainClock, Head } from './chain-clock.ts';
import { type Holding, type Holdings, unsettledPeriods } from './ledger/holdings.ts';
import { END_PER_PERIOD, SETTLE_BATCH } from './limits.ts';
import type { ProviderChain } from './provider-chain.ts';
import type { Prover } from './prover.ts';
import type { Vitals } from './vitals.ts';
import { Turns } from './turns.ts';

export interface SettlerComponents {
  chain: Pick<ProviderChain, 'settle' | 'end'>;
  chainClock: Pick<ChainClock, 'subscribe' | 'head'>;
  holdings: Pick<Holdings, 'active'>;
  mirror: Pick<AgreementMirror, 'refresh'>;
  /** Proofs go first: transactions of one key wait for each other. */
  prover: Pick<Prover, 'duePeriod'>;
  /** A provider that has failed for good may close everything at once. */
  vitals: Pick<Vitals, 'failedForGood'>;
  logger: Logger;
}

export interface SettlerInit {
  /** How often earnings are collected. Settling late costs nothing but patience, settling often costs gas. */
  settleEveryPeriods: number;
}

/** Collects what proven periods earned, and closes agreements whose term is over. */
export class Settler {
  readonly #components: SettlerComponents;
  readonly #init: SettlerInit;
  readonly #turns: Turns;
  #lastPeriod = 0;

  constructor(components: SettlerComponents, init: SettlerInit) {
    this.#components = components;
    this.#init = init;
    this.#turns = new Turns(components, 'settler', (head, signal) => this.#turn(head, signal));
  }

  start(): void {
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  async #turn({ period }: Head, signal: AbortSignal): Promise<void> {
    const { prover } = this.#components;
    if (period === this.#lastPeriod || prover.duePeriod !== undefined) return;
    await this.#settle(period, signal);
    await this.#endOver(period, signal);
    this.#lastPeriod = period;
  }

  async #settle(period: number, signal: AbortSignal): Promise<void> {
    const { chain, holdings, mirror, logger } = this.#components;
    const due = holdings
      .active()
      .filter((holding) => unsettledPeriods(holding, period) >= this.#init.settleEveryPeriods);
    for (let from = 0; from < due.length; from += SETTLE_BATCH) {
      // Others may have settled or ended some meanwhile; one that is over would make the whole batch revert.
      const fresh = await Promise.all(due.slice(from, from + SETTLE_BATCH).map(({ id }) => mirror.refresh(id, signal)));
      const ids = fresh
        .filter((holding) => holding?.status === 'active' && unsettledPeriods(holding, period) > 0)
        .map((holding) => holding?.id ?? 0n);
      if (ids.length === 0) continue;
      await chain.settle(ids, signal);
      await Promise.all(ids.map((id) => mirror.refresh(id, signal)));
      logger.info({ period, agreements: ids.length }, 'agreements settled');
    }
  }

  async #endOver(period: number, signal: AbortSignal): Promise<void> {
    const { holdings, mirror, vitals, logger } = this.#components;
    const isOver = (holding: Holding): boolean =>
      vitals.failedForGood || period >= holding.startPeriod + holding.periods;
    const over = holdings.active().filter(isOver);
    for (const { id } of over.slice(0, END_PER_PERIOD)) {
      const fresh = await mirror.refresh(id, signal);
      if (fresh?.status !== 'active' || !isOver(fresh)) continue;
      if (!(await this.#end(id, signal))) continue;
      await mirror.refresh(id, signal);
      logger.info({ agreement: formatAgreementId(id) }, 'agreement ended');
    }
  }

  /** @returns false when an audit of it is still open: it goes once somebody has closed that, and must not keep the others waiting */
  async #end(id: AgreementId, signal: AbortSignal): Promise<boolean> {
    const { chain, logger } = this.#components;
    try {
      await chain.end(id, signal);
      return true;
    } catch (error) {
      if (!isStowError(error, 'agreements-audits-open')) throw error;
      logger.warn({ agreement: formatAgreementId(id) }, 'an agreement that is over waits for its audits to be closed');
      return false;
    }
  }
}
