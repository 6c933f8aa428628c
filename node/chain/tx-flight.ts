import {
  BaseError,
  type Hex,
  type LocalAccount,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
  keccak256,
} from 'viem';

import { assert } from '../core/assert.ts';
import type { Clock } from '../core/clock.ts';
import { StowError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { type CallOptions, abortable } from './abortable.ts';
import { type BroadcastOutcome, broadcast } from './broadcast.ts';
import type { ChainClient } from './client.ts';
import type { ContractCall } from './contract-call.ts';
import { toChainError } from './errors.ts';
import { type Fees, bumpFees, readFees } from './fees.ts';

export interface FlightInit {
  /** Blocks that hold the transaction, its own included, before it counts as done. */
  confirmations: number;
  /** Between two looks for the receipt. */
  pollMs: number;
  /** Blocks without the transaction after which it is sent again with higher prices. */
  resendAfterBlocks: number;
  /** A chain that makes no block for so long, or does not answer, is given up on. */
  stallTimeoutMs: number;
}

export const FLIGHT_DEFAULTS: FlightInit = {
  confirmations: 1,
  // Half a block of the fastest chain that is meant (one block a second).
  pollMs: 500,
  // A healthy chain takes a fairly priced transaction within one or two blocks.
  resendAfterBlocks: 3,
  // Longer than any pause of a healthy chain, shorter than a proving period of a day by far.
  stallTimeoutMs: 180_000,
};

/** Twelve raises by 12.5% make four times the first price: whoever is still not served is not being outbid. */
const MAX_BUMPS = 12;
/** Looks at the chain after the nonce was used, before it counts as used by somebody else: receipts can lag behind the nonce. */
const NONCE_GRACE_POLLS = 4;

export interface FlightPlan {
  readonly call: ContractCall;
  readonly gas: bigint;
  readonly fees: Fees;
  readonly nonce: number;
  readonly maxFeePerGas: bigint | undefined;
}

interface FlightComponents {
  client: ChainClient;
  account: LocalAccount;
  logger: Logger;
  clock: Clock;
}

/**
 * One nonce on its way into a block. Whatever is lost on the way, bytes or answers, every version that was signed has the same nonce,
 * so that at most one of them can ever happen.
 */
export class TxFlight {
  readonly #components: FlightComponents;
  readonly #init: FlightInit;
  readonly #plan: FlightPlan;
  readonly #hashes: Hex[] = [];
  #raw: Hex = '0x';
  #fees: Fees;
  #sentAtBlock = 0n;
  #answered = true;

  constructor(components: FlightComponents, init: FlightInit, plan: FlightPlan) {
    assert(init.confirmations >= 1, 'at least one confirmation');
    this.#components = components;
    this.#init = init;
    this.#plan = plan;
    this.#fees = plan.fees;
  }

  /** Hands the transaction over and waits for it. Undefined when another transaction took the nonce: nothing of this one happened. */
  async land(options: CallOptions): Promise<TransactionReceipt | undefined> {
    const { clock } = this.#components;
    let lastHead = -1n;
    let aliveAtMs = clock.monotonicMs();
    let failure: unknown;
    let usedPolls = 0;
    await this.#send(this.#fees, options);
    for (;;) {
      try {
        const look = await abortable(this.#look(), options.signal);
        if (look.head > lastHead) {
          lastHead = look.head;
          aliveAtMs = clock.monotonicMs();
        }
        failure = undefined;
        if (look.receipt !== undefined) {
          if (look.head - look.receipt.blockNumber + 1n >= BigInt(this.#init.confirmations)) return look.receipt;
          usedPolls = 0;
        } else if (look.nonceUsed) {
          usedPolls += 1;
          if (usedPolls > NONCE_GRACE_POLLS) return undefined;
        } else {
          usedPolls = 0;
          await this.#keepGoing(look.head, options);
        }
      } catch (error) {
        options.signal?.throwIfAborted();
        // What the library reports is the connection's trouble, and the transaction is out already: keep looking.
        if (!(error instanceof BaseError)) throw error;
        failure = error;
      }
      if (clock.monotonicMs() - aliveAtMs > this.#init.stallTimeoutMs) throw this.#stalled(failure);
      await clock.sleep(this.#init.pollMs, options);
    }
  }

  async #look(): Promise<{ head: bigint; receipt: TransactionReceipt | undefined; nonceUsed: boolean }> {
    const { client, account } = this.#components;
    // The nonce is read before the receipts: one that is used and has no receipt yet gets its next look.
    const head = await client.getBlockNumber();
    const used = await client.getTransactionCount({ address: account.address, blockTag: 'latest' });
    const receipts = await Promise.all(this.#hashes.map(async (hash) => findReceipt(client, hash)));
    return { head, receipt: receipts.find((receipt) => receipt !== undefined), nonceUsed: used > this.#plan.nonce };
  }

  /** Not mined yet: hands over again what may have been lost, and raises the price when its time has come. */
  async #keepGoing(head: bigint, options: CallOptions): Promise<void> {
    if (!this.#answered) {
      await this.#deliver(options);
    } else if (this.#sentAtBlock === 0n) {
      this.#sentAtBlock = head;
    } else if (head - this.#sentAtBlock >= BigInt(this.#init.resendAfterBlocks)) {
      this.#components.logger.warn(
        { call: this.#plan.call.doing, hash: this.#hashes.at(-1) },
        'not mined yet; raising the price',
      );
      this.#sentAtBlock = head;
      await this.#raise(options);
    }
  }

  async #raise(options: CallOptions): Promise<void> {
    if (this.#hashes.length > MAX_BUMPS) throw this.#notMined();
    const fees = bumpFees(this.#fees, await abortable(readFees(this.#components.client), options.signal));
    const max = this.#plan.maxFeePerGas;
    // At the owner's ceiling the last version keeps waiting.
    if (max === undefined || fees.maxFeePerGas <= max) await this.#send(fees, options);
  }

  async #send(fees: Fees, options: CallOptions): Promise<void> {
    const { account, client } = this.#components;
    const { call, gas, nonce } = this.#plan;
    this.#fees = fees;
    this.#raw = await account.signTransaction({
      type: 'eip1559',
      chainId: client.chain.id,
      to: call.to,
      data: call.data,
      gas,
      nonce,
      ...fees,
    });
    this.#hashes.push(keccak256(this.#raw));
    await this.#deliver(options);
  }

  async #deliver(options: CallOptions): Promise<void> {
    const { client, logger } = this.#components;
    const outcome = await broadcast(client, this.#raw, options);
    this.#answered = outcome.kind !== 'unknown';
    logger.debug(
      { call: this.#plan.call.doing, hash: this.#hashes.at(-1), nonce: this.#plan.nonce, outcome: outcome.kind },
      'handed over',
    );
    if (outcome.kind === 'underpriced') await this.#raise(options);
    if (outcome.kind === 'refused') await this.#refused(outcome, options);
  }

  /** Some nodes mine a transaction and still answer with its revert; and a refused raise leaves the earlier version waiting. */
  async #refused(outcome: BroadcastOutcome & { kind: 'refused' }, options: CallOptions): Promise<void> {
    const { client, logger } = this.#components;
    const receipts = await Promise.all(
      this.#hashes.map(async (hash) => abortable(findReceipt(client, hash), options.signal)),
    );
    if (receipts.some((receipt) => receipt !== undefined)) return;
    if (this.#hashes.length === 1) throw toChainError(outcome.cause, this.#plan.call.doing);
    logger.warn(
      { call: this.#plan.call.doing, reason: messageOf(outcome.cause) },
      'the raise was refused; the earlier version waits on',
    );
  }

  #notMined(): StowError {
    return new StowError({
      code: 'tx-not-mined',
      message: `could not ${this.#plan.call.doing}: transaction ${this.#hashes.at(-1)} was not mined although its price was raised ${MAX_BUMPS} times`,
      hint: 'it may still be mined: look for it before trying again',
      retryable: true,
    });
  }

  #stalled(failure: unknown): StowError {
    const seconds = Math.round(this.#init.stallTimeoutMs / 1000);
    const what = failure === undefined ? 'made no block' : `did not answer (${messageOf(failure)})`;
    return new StowError({
      code: 'chain-stalled',
      message: `could not ${this.#plan.call.doing}: the chain ${what} for ${seconds} s while transaction ${this.#hashes.at(-1)} was on its way`,
      hint: 'it may still be mined: look for it once the chain is back, before trying again',
      retryable: true,
      cause: failure,
    });
  }
}

async function findReceipt(client: ChainClient, hash: Hex): Promise<TransactionReceipt | undefined> {
  try {
    return await client.getTransactionReceipt({ hash });
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return undefined;
    throw error;
  }
}
