import { concat, fromHex } from '../core/bytes.ts';
import { isStowError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { DIGEST_BYTES } from '../core/units.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import type { ShardStore } from '../store/shard-store.ts';
import { blockRanges } from './block-ranges.ts';
import type { ChainClock, Head } from './chain-clock.ts';
import type { DemandedUnit } from './demand-log.ts';
import type { Holdings } from './ledger/holdings.ts';
import { AUDIT_RETRY_MAX_BLOCKS, EVENT_REREAD_BLOCKS } from './limits.ts';
import type { ProviderChain } from './provider-chain.ts';
import { Turns } from './turns.ts';

export interface DemandAnswererComponents {
  chain: Pick<ProviderChain, 'demandLog' | 'demandReach' | 'demand' | 'answerDemand'>;
  chainClock: Pick<ChainClock, 'subscribe' | 'head'>;
  holdings: Pick<Holdings, 'get'>;
  store: Pick<ShardStore, 'readUnits' | 'readPathAbove'>;
  logger: Logger;
}

/**
 * Shows units that clients demand on chain, again and again until that is done or the window is closed. It keeps nothing: a start reads the log as far back as a demand
 * can reach, and what was answered meanwhile the chain tells.
 */
export class DemandAnswerer {
  readonly #components: DemandAnswererComponents;
  readonly #turns: Turns;
  /** First block whose events are not read yet. */
  #next: bigint | undefined;
  readonly #open = new Map<bigint, DemandedUnit & { failures: number; retryBlock: bigint }>();

  constructor(components: DemandAnswererComponents) {
    this.#components = components;
    this.#turns = new Turns(components, 'demand-answerer', (head, signal) => this.#turn(head, signal));
  }

  start(): void {
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  async #turn(head: Head, signal: AbortSignal): Promise<void> {
    await this.#read(head, signal);
    for (const demand of [...this.#open.values()].toSorted((a, b) => a.deadline - b.deadline)) {
      // A transaction that is sent now lands in the next block at best.
      if (head.block >= demand.deadline) this.#miss(demand);
      else if (head.block >= demand.retryBlock) await this.#attempt(demand, signal);
    }
  }

  async #read({ block }: Head, signal: AbortSignal): Promise<void> {
    const { chain } = this.#components;
    const wanted =
      this.#next === undefined ? block - (await chain.demandReach(signal)) : this.#next - EVENT_REREAD_BLOCKS;
    for (const { from, to } of blockRanges(wanted, block)) {
      for (const demanded of await chain.demandLog(from, to, signal)) {
        const known = this.#open.get(demanded.demand)?.agreement === demanded.agreement;
        if (known || block >= demanded.deadline) continue;
        this.#open.set(demanded.demand, { ...demanded, failures: 0, retryBlock: 0n });
      }
      this.#next = to + 1n;
    }
  }

  #miss({ demand, agreement }: DemandedUnit): void {
    this.#open.delete(demand);
    this.#components.logger.error(
      { demand: Number(demand), agreement: formatAgreementId(agreement) },
      'a demanded unit was not shown in time: anybody may close the demand now, and its agreement fails',
    );
  }

  async #attempt(demanded: DemandedUnit & { failures: number }, signal: AbortSignal): Promise<void> {
    const { chainClock, logger } = this.#components;
    try {
      await this.#answer(demanded, signal);
      this.#open.delete(demanded.demand);
    } catch (error) {
      if (signal.aborted) throw error;
      const failures = demanded.failures + 1;
      const wait = BigInt(Math.min(AUDIT_RETRY_MAX_BLOCKS, 2 ** Math.min(failures - 1, 10)));
      this.#open.set(demanded.demand, { ...demanded, failures, retryBlock: chainClock.head.block + wait });
      logger.warn(
        { demand: Number(demanded.demand), attempt: failures, reason: messageOf(error) },
        'demanded unit not shown yet',
      );
    }
  }

  /** Returns as well when nothing is left to be shown: somebody else did, or the agreement is over. */
  async #answer({ demand, agreement, unit }: DemandedUnit, signal: AbortSignal): Promise<void> {
    const { chain, holdings, store, logger } = this.#components;
    const state = await chain.demand(demand, signal);
    const holding = holdings.get(agreement);
    // Another agreement under the number: a reorganisation, whose own log comes next.
    if (!state.open || state.agreement !== agreement) return;
    if (holding !== undefined && holding.status !== 'active') return;
    // The ledger is some blocks behind: it is tried again.
    if (holding === undefined) throw new Error(`agreement ${formatAgreementId(agreement)} is not known yet`);
    const root = fromHex(holding.root, DIGEST_BYTES);
    const opening = concat(await store.readUnits(root, unit, 1), await store.readPathAbove(root, unit));
    try {
      await chain.answerDemand(demand, opening, signal);
    } catch (error) {
      if (isStowError(error, 'demands-not-open')) return;
      throw error;
    }
    logger.info({ demand: Number(demand), agreement: formatAgreementId(agreement), unit }, 'demanded unit shown');
  }
}
