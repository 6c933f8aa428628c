import { isStowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { formatTokens } from '../market/money.ts';
import type { AgreementMirror } from './agreement-mirror.ts';
import type { ChainClock, Head } from './chain-clock.ts';
import type { ReportFees } from './ledger/report-fees.ts';
import { FEE_CLAIMS_PER_PERIOD } from './limits.ts';
import type { ProviderChain } from './provider-chain.ts';
import type { Prover } from './prover.ts';
import { Turns } from './turns.ts';

export interface FeeClaimerComponents {
  chain: Pick<ProviderChain, 'claimReportFee'>;
  chainClock: Pick<ChainClock, 'subscribe' | 'head'>;
  fees: Pick<ReportFees, 'owed'>;
  /** Reads the chain's log, which tells what is owed. */
  mirror: Pick<AgreementMirror, 'sync'>;
  /** Proofs go first: transactions of one key wait for each other. */
  prover: Pick<Prover, 'duePeriod'>;
  logger: Logger;
}

/** Has the fees paid out that reports of misses earned this provider's operator, once a period. */
export class FeeClaimer {
  readonly #components: FeeClaimerComponents;
  readonly #turns: Turns;
  #period = 0;

  constructor(components: FeeClaimerComponents) {
    this.#components = components;
    this.#turns = new Turns(components, 'fee-claimer', (head, signal) => this.#turn(head, signal));
  }

  start(): void {
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  async #turn({ period }: Head, signal: AbortSignal): Promise<void> {
    const { fees, mirror, prover } = this.#components;
    if (period === this.#period || prover.duePeriod !== undefined || fees.owed().length === 0) return;
    this.#period = period;
    await mirror.sync(signal);
    for (const fee of fees.owed().slice(0, FEE_CLAIMS_PER_PERIOD)) await this.#claim(fee, signal);
  }

  async #claim(
    { provider, slash, amount }: { provider: number; slash: number; amount: bigint },
    signal: AbortSignal,
  ): Promise<void> {
    const { chain, logger } = this.#components;
    try {
      await chain.claimReportFee(provider, slash, signal);
      logger.info({ missed: provider, slash, fee: formatTokens(amount) }, 'report fee claimed');
    } catch (error) {
      // Anybody may claim it, to the same account.
      if (!isStowError(error, 'collateral-no-report-fee')) throw error;
    }
  }
}
