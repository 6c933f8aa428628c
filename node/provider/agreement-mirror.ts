import { AgreementStatus, type AgreementState } from '../chain/records.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import type { AgreementId, StorageAgreement } from '../market/messages.ts';
import type { BlockRange } from './block-ranges.ts';
import type { ChainClock } from './chain-clock.ts';
import type { AnswerNews } from './ledger/answer-book.ts';
import type { Holding, HoldingStatus } from './ledger/holdings.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { FeeNews } from './ledger/report-fees.ts';
import { LogFollower } from './log-follower.ts';
import type { FormedAgreement } from './retrieval/read-ceiling.ts';

/** An agreement, and where in the chain's log it was announced. */
export interface NewAgreement extends FormedAgreement {
  readonly startPeriod: number;
  readonly agreement: StorageAgreement;
}

/** What the chain's log says about one provider's agreements in a range of blocks. */
export interface AgreementLog {
  formed: readonly NewAgreement[];
  /** Agreements that left the provider's set: over, failed or conceded. */
  removed: readonly AgreementId[];
  /** Agreements taken over from another provider, and the periods proven before. */
  inherited: ReadonlyMap<AgreementId, number>;
  /** What became of audits of its agreements, in the chain's order. */
  audits: readonly AnswerNews[];
  /** What became of units demanded under them, in the chain's order. */
  demands: readonly AnswerNews[];
  /** Report fees that its operator was owed and paid. */
  fees: readonly FeeNews[];
}

export interface AgreementMirrorComponents {
  chain: {
    /** Events of blocks `from` to `to`, both included. */
    agreementLog(from: bigint, to: bigint, signal?: AbortSignal): Promise<AgreementLog>;
    agreement(id: AgreementId, signal?: AbortSignal): Promise<AgreementState>;
    /** Most that reading costs under it, token wei for one MiB; undefined when nothing tells. */
    readCeiling(formed: FormedAgreement, signal?: AbortSignal): Promise<bigint | undefined>;
  };
  chainClock: Pick<ChainClock, 'subscribe' | 'head' | 'look'>;
  ledger: Ledger;
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  /** Hears of each shard that came under an agreement. */
  onFormed: (holding: Holding) => void;
  logger: Logger;
}

export interface AgreementMirrorInit {
  /** Block in which the market was deployed: nothing of ours lies before it. */
  firstBlock: bigint;
}

/** Keeps the ledger's agreements, their audits, what is demanded under them and the operator's report fees in step with the chain, from the block where the last run stopped. */
export class AgreementMirror {
  readonly #components: AgreementMirrorComponents;
  readonly #follower: LogFollower;

  constructor(components: AgreementMirrorComponents, { firstBlock }: AgreementMirrorInit) {
    this.#components = components;
    this.#follower = new LogFollower(components, {
      name: 'agreement-mirror',
      place: 'next-block',
      firstBlock,
      take: async (range, signal) => this.#take(range, signal),
    });
  }

  /** Returns once everything up to now is known. */
  async start(): Promise<void> {
    await this.#follower.start();
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
  }

  /** Blocks whose events are in the ledger: all before this one. */
  get nextBlock(): bigint {
    return this.#follower.nextBlock;
  }

  /** Reads up to the newest block. Calls at the same time share one reading. */
  async sync(signal?: AbortSignal): Promise<void> {
    await this.#follower.sync(signal);
  }

  /** Brings one agreement up to date with the chain's record of it. */
  async refresh(id: AgreementId, signal?: AbortSignal): Promise<Holding | undefined> {
    const { chain, chainClock, ledger, logger } = this.#components;
    const state = await chain.agreement(id, signal);
    const known = ledger.holdings.get(id);
    if (known === undefined) return undefined;
    const status = statusOf(state);
    if (status === undefined) {
      // A lagging endpoint, or a reorganisation that took it away. Nothing is deleted on that word alone.
      logger.warn({ agreement: formatAgreementId(id) }, 'the chain does not show an agreement that it showed before');
      return known;
    }
    const endedPeriod = status === 'active' ? undefined : (known.endedPeriod ?? chainClock.head.period);
    const { periods, provenPeriods, settledPeriods } = state;
    ledger.holdings.update(id, { periods, status, provenPeriods, settledPeriods, endedPeriod });
    return ledger.holdings.get(id);
  }

  async #take({ from, to }: BlockRange, signal?: AbortSignal): Promise<void> {
    const { chain, ledger } = this.#components;
    const log = await chain.agreementLog(from, to, signal);
    const ceilings = new Map<AgreementId, bigint>();
    // The newest blocks are read many times over: only what they bring is asked about.
    for (const formed of log.formed.filter((seen) => !this.#isKnown(seen))) {
      const ceiling = await chain.readCeiling(formed, signal);
      if (ceiling !== undefined) ceilings.set(formed.id, ceiling);
    }
    this.#record(log, from, ceilings);
    for (const id of log.removed) {
      if (ledger.holdings.get(id)?.status === 'active') await this.refresh(id, signal);
    }
  }

  #isKnown({ id, agreement }: NewAgreement): boolean {
    return this.#components.ledger.holdings.get(id)?.root === agreement.shardRoot.toLowerCase();
  }

  /** What the log says becomes durable together. */
  #record(log: AgreementLog, from: bigint, ceilings: ReadonlyMap<AgreementId, bigint>): void {
    const { ledger, logger, onFormed } = this.#components;
    const fresh: Holding[] = [];
    ledger.transaction(() => {
      for (const formed of log.formed) {
        const { id, startPeriod, agreement } = formed;
        ledger.reservations.fulfil(agreement);
        if (this.#isKnown(formed)) continue;
        const holding = newHolding(id, startPeriod, agreement, log.inherited.get(id) ?? 0);
        ledger.holdings.put(holding);
        ledger.readCeilings.put(id, ceilings.get(id));
        fresh.push(holding);
      }
      ledger.audits.rewrite(from, log.audits);
      ledger.demands.rewrite(from, log.demands);
      ledger.reportFees.rewrite(from, log.fees);
    });
    for (const holding of fresh) {
      logger.info(
        { agreement: formatAgreementId(holding.id), units: holding.units, periods: holding.periods },
        'agreement formed',
      );
      onFormed(holding);
    }
  }
}

function newHolding(
  id: AgreementId,
  startPeriod: number,
  agreement: StorageAgreement,
  inheritedPeriods: number,
): Holding {
  return {
    id,
    client: agreement.client,
    objectKey: agreement.objectKey,
    shardIndex: agreement.shardIndex,
    root: agreement.shardRoot,
    units: agreement.units,
    pricePerUnitPeriod: agreement.pricePerUnitPeriod,
    startPeriod,
    periods: agreement.periods,
    status: 'active',
    inheritedPeriods,
    provenPeriods: inheritedPeriods,
    settledPeriods: 0,
  };
}

function statusOf(state: AgreementState): HoldingStatus | undefined {
  if (state.status === AgreementStatus.active) return 'active';
  if (state.status === AgreementStatus.kept) return 'kept';
  if (state.status === AgreementStatus.handedOver) return 'handed-over';
  return state.status === AgreementStatus.failed ? 'failed' : undefined;
}
