import { isStowError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { formatTokens } from '../../market/money.ts';
import type { ChainClock, Head } from '../chain-clock.ts';
import type { PendingVoucher, Vouchers } from '../ledger/vouchers.ts';
import { REDEEM_BATCH, REDEEM_GAS_FACTOR } from '../limits.ts';
import type { ProviderChain } from '../provider-chain.ts';
import type { Prover } from '../prover.ts';
import { Turns } from '../turns.ts';
import type { ChannelMirror } from './channel-mirror.ts';
import { isEnding, redeemingCost, splitPending } from './pending.ts';

export interface RedeemerComponents {
  chain: Pick<ProviderChain, 'redeem' | 'gasPrice'>;
  chainClock: Pick<ChainClock, 'subscribe' | 'head'>;
  vouchers: Pick<Vouchers, 'pending'>;
  mirror: Pick<ChannelMirror, 'sync'>;
  /** Proofs go first: transactions of one key wait for each other. */
  prover: Pick<Prover, 'duePeriod'>;
  logger: Logger;
}

export interface RedeemerInit {
  disputeSeconds: number;
  /** Token wei that are worth a transaction, where nobody said what a coin is worth. */
  redeemAbove: bigint;
  /** What one of the chain's coins is worth, token wei. */
  tokensPerCoin?: bigint | undefined;
}

/**
 * Has what clients promised for reads paid out: many vouchers in one transaction once they are worth it, and whatever they are worth before a channel
 * takes none any more. All that it goes by is on disk or on the chain, and its time is the chain's; so it may be killed at any instant.
 */
export class Redeemer {
  readonly #components: RedeemerComponents;
  readonly #init: RedeemerInit;
  readonly #turns: Turns;
  /** Vouchers that the contract refused, by channel: tried again once there is a higher one, or more behind it. */
  readonly #refused = new Map<bigint, string>();

  constructor(components: RedeemerComponents, init: RedeemerInit) {
    this.#components = components;
    this.#init = init;
    this.#turns = new Turns(components, 'redeemer', (head, signal) => this.#turn(head, signal));
  }

  start(): void {
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  async #turn(head: Head, signal: AbortSignal): Promise<void> {
    const { mirror } = this.#components;
    if ((await this.#due(head, signal)).length === 0) return;
    // Others may have redeemed, or closed with, some of them.
    await mirror.sync(signal);
    const due = await this.#due(head, signal);
    for (let from = 0; from < due.length; from += REDEEM_BATCH)
      await this.#redeem(due.slice(from, from + REDEEM_BATCH), signal);
  }

  /** What is redeemed now: everything when it is worth it, else what ends. */
  async #due({ timestampS: now }: Head, signal: AbortSignal): Promise<readonly PendingVoucher[]> {
    const { vouchers, prover } = this.#components;
    const { disputeSeconds } = this.#init;
    const { open } = splitPending(vouchers.pending(), { now, disputeSeconds });
    const all = open.filter((pending) => this.#refused.get(pending.channel.channel) !== markOf(pending));
    if (all.length === 0) return [];
    const ending = all.filter(({ channel }) => isEnding(channel, now, disputeSeconds));
    if (prover.duePeriod === undefined && (await this.#isWorth(all, REDEEM_GAS_FACTOR, signal))) return all;
    return ending.length > 0 && (await this.#isWorth(ending, 1n, signal)) ? ending : [];
  }

  /** Whether vouchers are worth so many times their gas. Where nobody said what that costs: whether they may be left waiting, or their time is over. */
  async #isWorth(pending: readonly PendingVoucher[], factor: bigint, signal: AbortSignal): Promise<boolean> {
    const { redeemAbove, tokensPerCoin } = this.#init;
    const worth = pending.reduce((sum, { amount }) => sum + amount, 0n);
    if (tokensPerCoin === undefined) return factor === 1n || worth >= redeemAbove;
    const price = await this.#components.chain.gasPrice(signal);
    return worth >= redeemingCost(pending.length, price, tokensPerCoin) * factor;
  }

  async #redeem(batch: readonly PendingVoucher[], signal: AbortSignal): Promise<void> {
    const { chain, mirror, logger } = this.#components;
    try {
      await chain.redeem(
        batch.map(({ signed }) => signed),
        signal,
      );
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (batch.length > 1) return this.#halve(batch, signal);
      for (const pending of batch) {
        const { channel } = pending.channel;
        this.#refused.set(channel, markOf(pending));
        logger.warn({ channel: String(channel), reason: messageOf(error) }, 'a voucher cannot be redeemed');
      }
      return undefined;
    }
    await mirror.sync(signal);
    const amount = batch.reduce((sum, pending) => sum + pending.amount, 0n);
    logger.info({ channels: batch.length, amount: formatTokens(amount) }, 'vouchers redeemed');
    return undefined;
  }

  /** One that the contract refuses voids its whole batch: the others are to be paid all the same, in few transactions. */
  async #halve(batch: readonly PendingVoucher[], signal: AbortSignal): Promise<void> {
    const middle = Math.ceil(batch.length / 2);
    await this.#redeem(batch.slice(0, middle), signal);
    await this.#redeem(batch.slice(middle), signal);
  }
}

/** What would have to change for the contract to take it. */
function markOf({ signed, channel }: PendingVoucher): string {
  return `${signed.voucher.amount} of ${channel.deposit}`;
}

/** What the contract says about a voucher itself; anything else may pass by. */
function isRefusal(error: unknown): boolean {
  return (
    isStowError(error, 'retrieval-channels-bad-client-signature') ||
    isStowError(error, 'retrieval-channels-above-deposit') ||
    isStowError(error, 'retrieval-channels-nothing-new') ||
    isStowError(error, 'retrieval-channels-too-late') ||
    isStowError(error, 'retrieval-channels-no-channel')
  );
}
