import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

import { UNIT_BYTES } from '../core/units.ts';
import type { ProverEvents } from './prover.ts';
import type { AnswerEvents } from './timed-answers.ts';

/** What the gauges read when somebody asks. Everything is at hand: a scrape must not wait for a chain or a disk. */
export interface MetricsSources {
  head(): { block: bigint; period: number };
  chainSilenceMs(): number;
  /** Blocks until the current period ends without a proof; undefined when it is done. */
  blocksToDeadline(): number | undefined;
  usedUnits(): number;
  capacityUnits(): number;
  reservedUnits(): number;
  reservations(): number;
  activeAgreements(): number;
  openAudits(): number;
  openDemands(): number;
  /** Bids that stand and that the operator's rule would take, and their shards that nobody has. */
  bidDemand(): { bids: number; shards: number };
  /** Shards that others lost and this provider took over, by what became of them. */
  repairs(): { answered: number; formed: number; stored: number; failed: number };
  peers(): number;
  /** As of the last look, wei; undefined before the first. */
  gasWei(): bigint | undefined;
}

/** Prometheus metrics of one provider. Base units; no address, peer or shard is ever a label. */
export class ProviderMetrics implements ProverEvents {
  readonly registry = new Registry();
  readonly audits: AnswerEvents;
  readonly demands: AnswerEvents;
  readonly #proven: Counter;
  readonly #unproven: Counter;
  readonly #failed: Counter;
  readonly #conceded: Counter;

  constructor() {
    const registers = [this.registry];
    const counter = (name: string, help: string): Counter =>
      new Counter({ name: `stowmarket_${name}`, help, registers });
    this.#proven = counter('periods_proven_total', 'Periods that this process saw proven.');
    this.#unproven = counter('periods_unproven_total', 'Periods that ended without a proof.');
    this.#failed = counter(
      'proof_attempts_failed_total',
      'Attempts to prove that failed and were or will be repeated.',
    );
    this.#conceded = counter('agreements_conceded_total', 'Agreements given up because their shard was lost.');
    this.audits = answerEvents({
      answered: counter('audits_answered_total', 'Audits that this process answered.'),
      missed: counter('audits_missed_total', 'Audits whose window closed without an answer.'),
      failed: counter(
        'audit_attempts_failed_total',
        'Attempts to answer an audit that failed and were or will be repeated.',
      ),
    });
    this.demands = answerEvents({
      answered: counter('demands_answered_total', 'Demanded units that this process showed.'),
      missed: counter('demands_missed_total', 'Demanded units whose window closed before they were shown.'),
      failed: counter(
        'demand_attempts_failed_total',
        'Attempts to show a demanded unit that failed and were or will be repeated.',
      ),
    });
    collectDefaultMetrics({ register: this.registry });
  }

  /** Adds the gauges. Once. */
  observe(sources: MetricsSources): void {
    const gauge = (name: string, help: string, read: () => number): void => {
      this.registry.registerMetric(
        new Gauge({
          name: `stowmarket_${name}`,
          help,
          registers: [],
          collect() {
            this.set(read());
          },
        }),
      );
    };
    gauge('chain_block', 'Newest block seen.', () => Number(sources.head().block));
    gauge('chain_period', 'Period of the newest block.', () => sources.head().period);
    gauge('chain_silence_seconds', 'Time since the chain last answered.', () => sources.chainSilenceMs() / 1_000);
    gauge(
      'proof_deadline_blocks',
      'Blocks left to prove the current period; -1 when it is done.',
      () => sources.blocksToDeadline() ?? -1,
    );
    gauge('stored_bytes', 'Bytes of all shards on disk.', () => sources.usedUnits() * UNIT_BYTES);
    gauge('capacity_bytes', 'Bytes for sale.', () => sources.capacityUnits() * UNIT_BYTES);
    gauge(
      'reserved_bytes',
      'Bytes kept free for uploads that were announced.',
      () => sources.reservedUnits() * UNIT_BYTES,
    );
    gauge('reservations', 'Reservations and promises that are not on chain.', () => sources.reservations());
    gauge('agreements_active', 'Agreements whose shards have to be kept.', () => sources.activeAgreements());
    gauge('audits_open', 'Audits of agreements that are neither answered nor closed.', () => sources.openAudits());
    gauge('demands_open', 'Demanded units that are neither shown nor closed.', () => sources.openDemands());
    gauge('bids_fitting', 'Bids that stand and that this provider could answer.', () => sources.bidDemand().bids);
    gauge('bids_fitting_shards', 'Shards of those bids that nobody has yet.', () => sources.bidDemand().shards);
    gauge('repairs_open', 'Shards that others lost and that this provider is rebuilding.', () => {
      const { answered, formed } = sources.repairs();
      return answered + formed;
    });
    gauge('repairs_stored', 'Shards that others lost and that this provider rebuilt.', () => sources.repairs().stored);
    gauge('repairs_failed', 'Shards that this provider took over and did not rebuild.', () => sources.repairs().failed);
    gauge('peers', 'Open connections to peers.', () => sources.peers());
    gauge('node_gas_wei', "The node key's balance of the chain's coin; -1 before the first look.", () =>
      Number(sources.gasWei() ?? -1n),
    );
  }

  proven(): void {
    this.#proven.inc();
  }

  idle(): void {
    // No duty: neither good nor bad.
  }

  unproven(): void {
    this.#unproven.inc();
  }

  conceded(): void {
    this.#conceded.inc();
  }

  failed(): void {
    this.#failed.inc();
  }
}

function answerEvents({ answered, missed, failed }: Record<'answered' | 'missed' | 'failed', Counter>): AnswerEvents {
  return {
    answered: () => answered.inc(),
    missed: () => missed.inc(),
    attemptFailed: () => failed.inc(),
  };
}
