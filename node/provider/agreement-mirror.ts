import { AgreementStatus, type AgreementState } from '../chain/records.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import type { AgreementId, StorageAgreement } from '../market/messages.ts';
import type { ChainClock } from './chain-clock.ts';
import type { AuditNews } from './ledger/audits.ts';
import type { Holding, HoldingStatus } from './ledger/holdings.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { FeeNews } from './ledger/report-fees.ts';
import { EVENT_RANGE_BLOCKS, EVENT_READ_EVERY_MS, EVENT_REREAD_BLOCKS, SAVE_PLACE_EVERY_BLOCKS } from './limits.ts';
import { Turns } from './turns.ts';

/** What the chain's log says about one provider's agreements in a range of blocks. */
export interface AgreementLog {
  formed: readonly {
    id: AgreementId;
    startPeriod: number;
    agreement: StorageAgreement;
    /** Most that reading costs under it, token wei for one MiB. */
    retrievalCeiling: bigint;
  }[];
  /** Agreements that left the provider's set: over, failed or conceded. */
  removed: readonly AgreementId[];
  /** Agreements taken over from another provider, and the periods proven before. */
  inherited: ReadonlyMap<AgreementId, number>;
  /** What became of audits of its agreements, in the chain's order. */
  audits: readonly AuditNews[];
  /** Report fees that its operator was owed and paid. */
  fees: readonly FeeNews[];
}

export interface AgreementMirrorComponents {
  chain: {
    /** Events of blocks `from` to `to`, both included. */
    agreementLog(from: bigint, to: bigint, signal?: AbortSignal): Promise<AgreementLog>;
    agreement(id: AgreementId, signal?: AbortSignal): Promise<AgreementState>;
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

/** Keeps the ledger's agreements, their audits and the operator's report fees in step with the chain, from the block where the last run stopped. */
export class AgreementMirror {
  readonly #components: AgreementMirrorComponents;
  readonly #init: AgreementMirrorInit;
  readonly #turns: Turns;
  #syncing: Promise<void> | undefined;
  /** How far this run has read; the ledger may say less. */
  #nextBlock: bigint | undefined;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(components: AgreementMirrorComponents, init: AgreementMirrorInit) {
    this.#components = components;
    this.#init = init;
    this.#turns = new Turns(components, 'agreement-mirror', (_head, signal) => this.#turn(signal));
  }

  /** Returns once everything up to now is known. */
  async start(): Promise<void> {
    await this.sync();
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  /** Blocks whose events are in the ledger: all before this one. */
  get nextBlock(): bigint {
    return this.#nextBlock ?? this.#savedNextBlock;
  }

  get #savedNextBlock(): bigint {
    return BigInt(this.#components.ledger.facts.get('next-block') ?? this.#init.firstBlock);
  }

  /** Reads up to the newest block. Calls at the same time share one reading. */
  async sync(signal?: AbortSignal): Promise<void> {
    this.#syncing ??= this.#read(signal).finally(() => (this.#syncing = undefined));
    await this.#syncing;
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

  /** Blocks may come faster than their events are worth asking for. Who needs them at once calls `sync`. */
  async #turn(signal: AbortSignal): Promise<void> {
    const { clock } = this.#components;
    const waitMs = this.#readMs + EVENT_READ_EVERY_MS - clock.monotonicMs();
    if (waitMs > 0) await clock.sleep(waitMs, { signal });
    await this.sync(signal);
  }

  async #read(signal?: AbortSignal): Promise<void> {
    const { chain, chainClock, clock } = this.#components;
    this.#readMs = clock.monotonicMs();
    const { block: newest } = await chainClock.look();
    const { firstBlock } = this.#init;
    let from = this.nextBlock - EVENT_REREAD_BLOCKS;
    if (from < firstBlock) from = firstBlock;
    while (from <= newest) {
      const last = from + EVENT_RANGE_BLOCKS - 1n;
      const to = last < newest ? last : newest;
      const log = await chain.agreementLog(from, to, signal);
      this.#record(log, from, to);
      for (const id of log.removed) {
        if (this.#components.ledger.holdings.get(id)?.status === 'active') await this.refresh(id, signal);
      }
      from = to + 1n;
    }
  }

  /**
   * What the log says becomes durable. The place up to which it was read is not worth a sync of the disk each time: after a crash some blocks
   * are read again, and say the same.
   */
  #record(log: AgreementLog, from: bigint, to: bigint): void {
    const { ledger, logger, onFormed } = this.#components;
    const fresh: Holding[] = [];
    ledger.transaction(() => {
      for (const { id, startPeriod, agreement, retrievalCeiling } of log.formed) {
        ledger.reservations.fulfil(agreement);
        const known = ledger.holdings.get(id);
        if (known !== undefined && known.root === agreement.shardRoot.toLowerCase()) continue;
        const holding = newHolding(id, startPeriod, agreement, log.inherited.get(id) ?? 0);
        ledger.holdings.put(holding);
        ledger.readCeilings.put(id, retrievalCeiling);
        fresh.push(holding);
      }
      ledger.audits.rewrite(from, log.audits);
      ledger.reportFees.rewrite(from, log.fees);
      // Ends that are not refreshed yet are found again: the read starts some blocks back.
      if (to + 1n - this.#savedNextBlock >= SAVE_PLACE_EVERY_BLOCKS) ledger.facts.set('next-block', String(to + 1n));
    });
    if (to >= this.nextBlock) this.#nextBlock = to + 1n;
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
