import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { agreementId, formatAgreementId } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import { blockRanges } from '../block-ranges.ts';
import type { ChainClock, Head } from '../chain-clock.ts';
import {
  EVENT_REREAD_BLOCKS,
  MAX_LOST_SHARDS,
  REPAIRS_LOOK_BACK_PERIODS,
  REPAIRS_LOOK_BLOCKS,
  REPAIRS_PER_TURN,
} from '../limits.ts';
import { Turns } from '../turns.ts';
import { LostShards, type Verdict } from './lost-shards.ts';
import type { RepairAnswerer } from './repair-answerer.ts';
import type { RepairChain } from './repair-chain.ts';
import type { RepairPoster } from './repair-poster.ts';

export interface RepairServiceComponents {
  chain: Pick<RepairChain, 'news' | 'repair' | 'duty'>;
  chainClock: Pick<ChainClock, 'subscribe' | 'head' | 'opening'>;
  poster: Pick<RepairPoster, 'consider'>;
  answerer: Pick<RepairAnswerer, 'consider'>;
  logger: Logger;
}

/** Watches the log for shards that anybody lost, and repairs those that it is paid for. */
export class RepairService {
  readonly #components: RepairServiceComponents;
  readonly #turns: Turns;
  readonly #shards = new LostShards();
  /** The next block whose events are to be read. */
  #nextBlock: bigint | undefined;

  constructor(components: RepairServiceComponents) {
    this.#components = components;
    this.#turns = new Turns(components, 'repairs', (head, signal) => this.#turn(head, signal));
  }

  start(): void {
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  async #turn(head: Head, signal: AbortSignal): Promise<void> {
    if (this.#nextBlock === undefined || head.block >= this.#nextBlock + REPAIRS_LOOK_BLOCKS - 1n)
      await this.#read(head, signal);
    for (const lost of this.#shards.due(head.block, REPAIRS_PER_TURN)) await this.#consider(lost, head, signal);
  }

  async #read({ block, period }: Head, signal: AbortSignal): Promise<void> {
    const { chain, chainClock } = this.#components;
    const first = chainClock.opening(Math.max(1, period - REPAIRS_LOOK_BACK_PERIODS));
    const again = this.#nextBlock === undefined ? first : this.#nextBlock - EVENT_REREAD_BLOCKS;
    for (const { from, to } of blockRanges(again > first ? again : first, block)) {
      const { lost, failedProviders, authorized } = await chain.news(from, to, signal);
      this.#shards.add(lost, block);
      for (const provider of failedProviders) this.#shards.add(await this.#agreementsOf(provider, signal), block);
      this.#shards.wake(authorized, block);
      this.#nextBlock = to + 1n;
    }
  }

  /** The newest agreements that a provider ever had, those that are over among them. */
  async #agreementsOf(provider: number, signal: AbortSignal): Promise<AgreementId[]> {
    const { leaves } = await this.#components.chain.duty(provider, signal);
    const first = Math.max(0, leaves - MAX_LOST_SHARDS);
    return Array.from({ length: leaves - first }, (_, place) => agreementId(provider, first + place));
  }

  async #consider(lost: AgreementId, head: Head, signal: AbortSignal): Promise<void> {
    const { logger } = this.#components;
    try {
      this.#shards.settle(lost, await this.#look(lost, head, signal), head.block);
    } catch (error) {
      if (signal.aborted) throw error;
      const attempt = this.#shards.failed(lost, head.block);
      logger.warn({ lost: formatAgreementId(lost), attempt, reason: messageOf(error) }, 'shard not repaired yet');
    }
  }

  async #look(lost: AgreementId, head: Head, signal: AbortSignal): Promise<Verdict> {
    const { chain, poster, answerer } = this.#components;
    const repair = await chain.repair(lost, signal);
    return repair === undefined ? poster.consider(lost, head, signal) : answerer.consider(lost, repair, head, signal);
  }
}
