import { REPAIR_GRACE_PERIODS } from '../../agreements/limits.ts';
import { fromHex } from '../../core/bytes.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import { UploadOrderWriter } from '../../store/upload-order.ts';
import type { ShardStore } from '../../store/shard-store.ts';
import { openOthers, rebuildFromOthers } from '../../transfer/read/rebuild-from-others.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';
import type { ChainClock, Head } from '../chain-clock.ts';
import type { Holding, Holdings } from '../ledger/holdings.ts';
import type { RepairRow, Repairs } from '../ledger/repairs.ts';
import { ANSWER_DEADLINE_S, REBUILDS_AT_ONCE, REPAIR_RETRY_MAX_BLOCKS } from '../limits.ts';
import { Retries } from '../retries.ts';
import { Turns } from '../turns.ts';
import { readHolders, readObjectShards } from './object-shards.ts';
import type { RepairChain } from './repair-chain.ts';

export interface RebuilderComponents {
  chain: Pick<
    RepairChain,
    'holdersOf' | 'agreement' | 'rootOf' | 'unitsOf' | 'providerRecord' | 'providerAddresses' | 'peerKey'
  > & { concede(id: AgreementId, signal: AbortSignal): Promise<unknown> };
  chainClock: Pick<ChainClock, 'subscribe' | 'head'>;
  book: Pick<Repairs, 'open' | 'formed' | 'end'>;
  holdings: Pick<Holdings, 'get' | 'ofRoot'>;
  store: Pick<ShardStore, 'create' | 'stat'>;
  accessFor: (lost: AgreementId) => ShardAccess;
  logger: Logger;
}

/**
 * Rebuilds the shards whose bids this provider answered, a few at once, each from any k of its object's others and until its time is over. The agreement says which root must come
 * out; nothing else is stored. What a stop cuts off is begun anew at the next start, from the ledger.
 */
export class Rebuilder {
  readonly #components: RebuilderComponents;
  readonly #init: { concede: 'auto' | 'never' };
  readonly #turns: Turns;
  /** By lost agreement. */
  readonly #retries = new Retries<AgreementId>(REPAIR_RETRY_MAX_BLOCKS);

  /** By lost agreement: what is being rebuilt, and what ends it. */
  readonly #running = new Map<AgreementId, { over: AbortController; done: Promise<void> }>();

  constructor(components: RebuilderComponents, init: { concede: 'auto' | 'never' }) {
    this.#components = components;
    this.#init = init;
    this.#turns = new Turns(components, 'rebuilder', (head, signal) => this.#turn(head, signal));
  }

  start(): void {
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
    await Promise.all([...this.#running.values()].map(async ({ done }) => done));
  }

  async #turn(head: Head, signal: AbortSignal): Promise<void> {
    const { book, holdings, logger } = this.#components;
    const startOf = ({ agreement }: RepairRow): number =>
      (agreement === undefined ? undefined : holdings.get(agreement))?.startPeriod ?? 0;
    // Whose deadline is first goes first.
    for (const row of book.open().toSorted((a, b) => startOf(a) - startOf(b))) {
      if (row.state === 'answered') {
        this.#match(row, head);
        continue;
      }
      try {
        await this.#advance(row, head, signal);
      } catch (error) {
        // One row's trouble does not keep the others.
        if (signal.aborted) throw error;
        logger.warn({ lost: formatAgreementId(row.lost), reason: messageOf(error) }, 'failed; tried again');
      }
    }
  }

  /** Looks whether the answer formed its agreement. */
  #match(row: RepairRow, { timestampS }: Head): void {
    const { book, holdings, logger } = this.#components;
    const formed = holdings
      .ofRoot(row.root)
      .find(({ id, status, objectKey }) => id !== row.lost && status === 'active' && objectKey === row.objectKey);
    if (formed !== undefined) book.formed(row.lost, formed.id);
    // By then the chain takes the answer no more, and what it took before is in the ledger.
    else if (timestampS > row.deadline + ANSWER_DEADLINE_S) {
      book.end(row.lost, 'failed');
      logger.info({ lost: formatAgreementId(row.lost) }, 'the answer for a lost shard was not taken');
    }
  }

  async #advance(row: RepairRow, head: Head, signal: AbortSignal): Promise<void> {
    const { holdings, store } = this.#components;
    const holding = row.agreement === undefined ? undefined : holdings.get(row.agreement);
    const isActive = holding?.status === 'active';
    const isLate = isActive && head.period > holding.startPeriod + REPAIR_GRACE_PERIODS;
    const running = this.#running.get(row.lost);
    if (running !== undefined) {
      if (isActive && !isLate) return;
      running.over.abort(new Error('its time is over'));
      await running.done;
    }
    if (!isActive) return this.#end(row, 'failed');
    if ((await store.stat(fromHex(row.root, 32))) !== undefined) return this.#end(row, 'stored');
    if (isLate) return this.#giveUp(row, holding, signal);
    if (!this.#retries.isDue(row.lost, head.block)) return;
    if (this.#running.size >= REBUILDS_AT_ONCE) return;
    const over = new AbortController();
    const done = this.#run(row, holding, AbortSignal.any([signal, over.signal]));
    this.#running.set(row.lost, { over, done });
    void done.finally(() => this.#running.delete(row.lost));
  }

  /** Tries it once. Never throws. */
  async #run(row: RepairRow, { id }: Holding, signal: AbortSignal): Promise<void> {
    const { book, chainClock, logger } = this.#components;
    const agreement = formatAgreementId(id);
    try {
      await this.#rebuild(row, signal);
      book.end(row.lost, 'stored');
      this.#retries.forget(row.lost);
      logger.info({ agreement, units: row.units }, 'lost shard rebuilt');
    } catch (error) {
      if (signal.aborted) return;
      const count = this.#retries.failed(row.lost, chainClock.head.block);
      logger.warn({ agreement, attempt: count, reason: messageOf(error) }, 'lost shard not rebuilt yet');
    }
  }

  async #rebuild(row: RepairRow, stopping: AbortSignal): Promise<void> {
    const { chain, store, accessFor, logger } = this.#components;
    const { objectKey, shardIndex } = row;
    const over = new AbortController();
    const signal = AbortSignal.any([stopping, over.signal]);
    const writer = new UploadOrderWriter(await store.create(row.units));
    try {
      const shards = await readObjectShards(chain, row, signal);
      const others = await openOthers(accessFor(row.lost), {
        objectKey: fromHex(objectKey, 32),
        shardIndex,
        holders: await readHolders(chain, shards, signal),
        signal,
        onFailure: (failure) => logger.info({ ...failure }, 'another shard could not be read'),
      });
      for await (const units of rebuildFromOthers(others, { shardIndex, signal })) await writer.write(units);
      await writer.commit(fromHex(row.root, 32));
    } finally {
      // After a commit there is nothing to discard.
      await writer.discard();
      over.abort(new Error('the shard is not read any more'));
    }
  }

  /** The others let themselves be read no more: the agreement is lost, and admitting it costs less than hiding. */
  async #giveUp(row: RepairRow, { id }: Holding, signal: AbortSignal): Promise<void> {
    const { chain, logger } = this.#components;
    const agreement = formatAgreementId(id);
    if (this.#init.concede === 'auto') {
      logger.error({ agreement }, 'a lost shard could not be rebuilt in time: conceding its agreement');
      await chain.concede(id, signal);
    } else logger.error({ agreement }, 'a lost shard could not be rebuilt in time');
    this.#end(row, 'failed');
  }

  #end({ lost }: RepairRow, state: 'stored' | 'failed'): void {
    this.#retries.forget(lost);
    this.#components.book.end(lost, state);
  }
}
