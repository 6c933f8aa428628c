import { createHash } from 'node:crypto';

import type { Draw, Duty } from '../chain/records.ts';
import { concat, uint32be } from '../core/bytes.ts';
import { joinPaths, type OpenedLeaf } from '../proofs/shared-paths.ts';
import type { Clock } from '../core/clock.ts';
import { isStowError, messageOf, StowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import type { AgreementId, Hex } from '../market/messages.ts';
import type { ChainClock, Head } from './chain-clock.ts';
import { LOSS_RECHECK_MS, PROVE_RETRY_MAX_BLOCKS, PROVE_WINDOW_DIVISOR } from './limits.ts';
import type { LeafProver } from './leaf-prover.ts';
import type { Facts } from './ledger/facts.ts';
import type { ProviderChain } from './provider-chain.ts';
import { retryBlocks } from './retries.ts';

export interface ProverComponents {
  chain: Pick<ProviderChain, 'duty' | 'draws' | 'isProven' | 'prove' | 'concede' | 'maintenance'> & {
    /** Transactions of the node key that were handed over and are in no block yet. */
    pendingTransactions(signal: AbortSignal): Promise<number>;
  };
  chainClock: Pick<ChainClock, 'subscribe' | 'head' | 'opening' | 'periodBlocks'>;
  leaves: Pick<LeafProver, 'open' | 'requireHealthy'>;
  /** Whether a shard of ours is still being rebuilt from others: it is not lost, only not here yet. */
  isRebuilding: (root: Hex) => boolean;
  facts: Pick<Facts, 'get' | 'set'>;
  events: ProverEvents;
  clock: Clock;
  logger: Logger;
}

/** What became of a period, for metrics. */
export interface ProverEvents {
  proven(period: number): void;
  /** Nothing was due. */
  idle(period: number): void;
  /** The period ended and no proof of ours is known to have landed. */
  unproven(period: number): void;
  conceded(id: AgreementId): void;
  failed(): void;
}

export interface ProverInit {
  provider: number;
  /** Whether a shard that is lost beyond doubt is admitted, at the price of its collateral, so that the rest can be proven. */
  concede: 'auto' | 'never';
}

/** Proves the provider's whole set once in every period, early, and again and again until it is done or the period is over. */
export class Prover {
  readonly #components: ProverComponents;
  readonly #init: ProverInit;
  #resolvedThrough = 0;
  #trying = 0;
  #retryBlock = 0n;
  #failures = 0;
  /** A period that was declared for maintenance: proving it is welcome, and missing it no fault. */
  #quietPeriod = 0;
  #work: Promise<void> | undefined;
  #stopping = new AbortController();
  #unsubscribe: (() => void) | undefined;

  constructor(components: ProverComponents, init: ProverInit) {
    this.#components = components;
    this.#init = init;
  }

  start(): void {
    this.#stopping = new AbortController();
    this.#unsubscribe = this.#components.chainClock.subscribe((head) => this.#onHead(head));
    this.#onHead(this.#components.chainClock.head);
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#stopping.abort();
    await this.#work;
  }

  /** The period that still has to be proven, or undefined when the current one is done. */
  get duePeriod(): number | undefined {
    const { period } = this.#components.chainClock.head;
    return this.#resolvedThrough >= period ? undefined : period;
  }

  #onHead(head: Head): void {
    this.#noticeEnd(head.period);
    if (this.#work !== undefined || this.#resolvedThrough >= head.period) return;
    if (head.block < this.#momentOf(head.period) || head.block < this.#retryBlock) return;
    this.#trying = head.period;
    this.#work = this.#attempt(head).finally(() => (this.#work = undefined));
  }

  /** A period that we tried and that is over without a proof. */
  #noticeEnd(period: number): void {
    if (this.#trying === 0 || this.#trying >= period || this.#resolvedThrough >= this.#trying) return;
    const { logger, events } = this.#components;
    if (this.#trying === this.#quietPeriod) {
      logger.info({ period: this.#trying }, 'the period ended unproven, in declared maintenance');
      events.idle(this.#trying);
    } else {
      logger.error({ period: this.#trying }, 'the period ended unproven');
      events.unproven(this.#trying);
    }
    this.#resolve(this.#trying);
  }

  /** The block in which to prove: after the opening block (whose hash the draws need), spread over the window. */
  #momentOf(period: number): bigint {
    const { chainClock } = this.#components;
    const window = chainClock.periodBlocks / BigInt(PROVE_WINDOW_DIVISOR);
    const digest = createHash('sha256')
      .update(concat(uint32be(this.#init.provider), uint32be(period)))
      .digest();
    return chainClock.opening(period) + 1n + (window === 0n ? 0n : BigInt(digest.readUInt32BE()) % window);
  }

  async #attempt(head: Head): Promise<void> {
    const { logger, events } = this.#components;
    const { period } = head;
    const ending = new AbortController();
    // A proof that comes after its period is refused by the chain: there is no point in bumping its fees any more.
    const unsubscribe = this.#components.chainClock.subscribe((now) => {
      if (now.period > period) ending.abort(periodOver(period));
    });
    const signal = AbortSignal.any([this.#stopping.signal, ending.signal]);
    try {
      const outcome = await this.#prove(period, signal);
      if (outcome === 'proven') events.proven(period);
      else events.idle(period);
      this.#resolve(period);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      if (isStowError(error, 'shard-rebuilding')) {
        // No failure: it is here with one of the next blocks.
        logger.info({ period, reason: error.message }, 'not proven yet');
        return;
      }
      this.#failures += 1;
      this.#retryBlock = this.#components.chainClock.head.block + retryBlocks(this.#failures, PROVE_RETRY_MAX_BLOCKS);
      const details = { period, attempt: this.#failures, reason: messageOf(error) };
      if (period === this.#quietPeriod) {
        logger.info(details, 'not proven yet, in declared maintenance');
        return;
      }
      events.failed();
      logger.warn(details, 'the period is not proven yet');
    } finally {
      unsubscribe();
    }
  }

  #resolve(period: number): void {
    this.#resolvedThrough = Math.max(this.#resolvedThrough, period);
    this.#failures = 0;
    this.#retryBlock = 0n;
  }

  async #prove(period: number, signal: AbortSignal): Promise<'proven' | 'idle'> {
    const { chain, facts, logger } = this.#components;
    const duty = await chain.duty(signal);
    if (unitsAtOpen(duty, period) === 0) return 'idle';
    if (duty.maintained && (await this.#isQuiet(period, signal))) this.#quietPeriod = period;
    await this.#requireNoneUnderWay(period, signal);
    if (await chain.isProven(period, signal)) return 'proven';

    const proof = await this.#buildProof(period, signal);
    signal.throwIfAborted();
    // Durable before the transaction leaves: after a crash, a proof that may be under way is waited for, not repeated.
    facts.set('proof-sent', String(period));
    try {
      await chain.prove(period, proof, signal);
    } catch (error) {
      if (isStowError(error, 'possession-proofs-already-proven')) return 'proven';
      throw error;
    }
    logger.info({ period, bytes: proof.byteLength }, 'period proven');
    return 'proven';
  }

  async #isQuiet(period: number, signal: AbortSignal): Promise<boolean> {
    const stretch = await this.#components.chain.maintenance(signal);
    return stretch !== undefined && period >= stretch.fromPeriod && period < stretch.untilPeriod;
  }

  /** A proof of an earlier attempt may wait for its block. In the last third of the period a possible double beats a miss. */
  async #requireNoneUnderWay(period: number, signal: AbortSignal): Promise<void> {
    const { chain, chainClock, facts } = this.#components;
    if (facts.get('proof-sent') !== String(period)) return;
    if (chainClock.head.block >= this.#lastThirdOf(period) || (await chain.pendingTransactions(signal)) === 0) return;
    throw new StowError({
      code: 'proof-under-way',
      message: `a proof of period ${period} was sent before and is in no block yet`,
      hint: 'nothing: it is looked at again with the next block',
      retryable: true,
    });
  }

  #lastThirdOf(period: number): bigint {
    const { chainClock } = this.#components;
    return chainClock.opening(period) + (chainClock.periodBlocks * 2n) / 3n;
  }

  /** A shard that is being rebuilt is waited for, until it is time to prove at least the rest. */
  #requireRebuilt(draws: readonly Draw[], lost: ReadonlySet<AgreementId>, period: number): void {
    const { chainClock, isRebuilding } = this.#components;
    if (chainClock.head.block >= this.#lastThirdOf(period)) return;
    const coming = draws.filter(({ agreement, root }) => lost.has(agreement) && isRebuilding(root));
    if (coming.length > 0) throw rebuilding(coming.map(({ agreement }) => agreement));
  }

  async #buildProof(period: number, signal: AbortSignal): Promise<Uint8Array> {
    const { chain } = this.#components;
    // The second round is for when losses were admitted in the first: the draws are the same, some ask for nothing now.
    for (let round = 1; ; round += 1) {
      const draws = await chain.draws(signal);
      if (draws.length === 0) throw notDrawn(period);
      const { opened, lost } = await this.#openLeaves(draws, signal);
      if (lost.size === 0) return joinPaths(opened);
      this.#requireRebuilt(draws, lost, period);
      // In maintenance a disk may be away, and a period without proof costs nothing: no collateral is given up for it.
      if (round > 1 || period === this.#quietPeriod) throw lossError([...lost]);
      await this.#admit(draws, lost, signal);
    }
  }

  async #openLeaves(
    draws: readonly Draw[],
    signal: AbortSignal,
  ): Promise<{ opened: OpenedLeaf[]; lost: Set<AgreementId> }> {
    const opened: OpenedLeaf[] = [];
    const lost = new Set<AgreementId>();
    for (const draw of draws) {
      signal.throwIfAborted();
      if (draw.conceded || lost.has(draw.agreement)) continue;
      const path = await this.#components.leaves.open(draw);
      if (path === undefined) lost.add(draw.agreement);
      else opened.push({ agreement: draw.agreement, leaf: draw.leaf, path });
    }
    return { opened, lost };
  }

  /** Admits losses that are still there at a second look, while the rest of the store answers. */
  async #admit(draws: readonly Draw[], lost: ReadonlySet<AgreementId>, signal: AbortSignal): Promise<void> {
    const { chain, clock, leaves, logger, events } = this.#components;
    await clock.sleep(LOSS_RECHECK_MS, { signal });
    for (const id of lost) {
      const again = draws.filter((draw) => draw.agreement === id && !draw.conceded);
      const parts = await Promise.all(again.map((draw) => leaves.open(draw)));
      if (parts.every((part) => part !== undefined)) continue;
      const agreement = formatAgreementId(id);
      if (this.#init.concede === 'never') throw lossError([id]);
      await leaves.requireHealthy();
      logger.error({ agreement }, 'the shard of an agreement is lost: conceding it, so that the rest can be proven');
      await chain.concede(id, signal);
      events.conceded(id);
    }
  }
}

/** Units that the period's draws are made of. */
function unitsAtOpen(duty: Duty, period: number): number {
  return duty.touched === period ? duty.unitsAtOpen : duty.units;
}

function periodOver(period: number): StowError {
  return new StowError({
    code: 'period-over',
    message: `period ${period} is over`,
    hint: 'the next one is proven in its turn',
  });
}

function notDrawn(period: number): StowError {
  return new StowError({
    code: 'draws-not-ready',
    message: `the chain shows no draws for period ${period} yet`,
    hint: 'nothing: they are asked for again with the next block',
    retryable: true,
  });
}

function rebuilding(ids: readonly AgreementId[]): StowError {
  return new StowError({
    code: 'shard-rebuilding',
    message: `the shards of agreements ${ids.map(formatAgreementId).join(', ')} are being rebuilt`,
    hint: 'nothing: they are looked for again with the next block',
    retryable: true,
  });
}

function lossError(ids: readonly AgreementId[]): StowError {
  return new StowError({
    code: 'shard-lost',
    message: `the shards of agreements ${ids.map(formatAgreementId).join(', ')} cannot be read, so the period cannot be proven`,
    hint: 'restore the files from a backup, or set duties.concede = "auto" to admit the loss',
  });
}
