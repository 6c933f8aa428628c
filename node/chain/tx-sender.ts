import type { LocalAccount, TransactionReceipt } from 'viem';

import type { Clock } from '../core/clock.ts';
import { StowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Address } from '../market/messages.ts';
import { type CallOptions, abortable } from './abortable.ts';
import type { ChainView } from './client.ts';
import type { ContractCall } from './contract-call.ts';
import { toChainError } from './errors.ts';
import { readFees } from './fees.ts';
import { nextNonce } from './next-nonce.ts';
import { gasLimitOf, requireGasPrice, simulate } from './simulate.ts';
import { FLIGHT_DEFAULTS, type FlightInit, TxFlight } from './tx-flight.ts';

/** Calls that may wait for their turn. One is sent at a time, so more than this means that the chain takes none. */
const MAX_QUEUED = 256;
/** How often a call starts over because another process used the key's nonce. More than twice is no accident. */
const MAX_STARTS = 3;

export interface TxSenderComponents {
  view: ChainView;
  account: LocalAccount;
  logger: Logger;
  clock: Clock;
}

export interface TxSenderInit extends Partial<FlightInit> {
  /** Refuse to offer more than this many wei of the chain's coin per gas. */
  maxFeePerGas?: bigint | undefined;
}

/** What an action that writes needs. */
export interface Sender {
  readonly view: ChainView;
  readonly address: Address;
  send(call: ContractCall, options?: CallOptions): Promise<TransactionReceipt>;
}

/** One that an action needs that signs more than transactions: permits. */
export interface SigningSender extends Sender {
  readonly account: LocalAccount;
}

/**
 * Sends the transactions of one key, one at a time, each exactly once. There must be one sender per key: two would take each other's
 * nonces and start over again and again.
 */
export class TxSender implements SigningSender {
  readonly view: ChainView;
  readonly account: LocalAccount;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #init: FlightInit & { maxFeePerGas?: bigint | undefined };
  #tail: Promise<unknown> = Promise.resolve();
  #queued = 0;

  constructor(components: TxSenderComponents, init: TxSenderInit = {}) {
    this.view = components.view;
    this.account = components.account;
    this.#logger = components.logger.child({ part: 'tx-sender', from: components.account.address });
    this.#clock = components.clock;
    this.#init = { ...FLIGHT_DEFAULTS, ...init };
  }

  get address(): Address {
    return this.account.address;
  }

  /**
   * Sends a call and waits until it is in a block (and as many more as configured). It is simulated first: what would revert is
   * refused with the contract's own reason, and nothing is sent.
   * Throws the sentence of the contract's error, `gas-funds`, `gas-price`, `chain-unreachable`, `chain-stalled`, `tx-not-mined`,
   * `tx-queue-full`, or the signal's reason. A call that was aborted after it was handed over may still be mined.
   */
  async send(call: ContractCall, options: CallOptions = {}): Promise<TransactionReceipt> {
    options.signal?.throwIfAborted();
    if (this.#queued >= MAX_QUEUED) throw queueFull(call, this.#queued);
    this.#queued += 1;
    const turn = this.#tail.then(async () => {
      options.signal?.throwIfAborted();
      return this.#sendNow(call, options);
    });
    this.#tail = turn.then(ignore, ignore);
    try {
      return await abortable(turn, options.signal);
    } finally {
      this.#queued -= 1;
    }
  }

  async #sendNow(call: ContractCall, options: CallOptions): Promise<TransactionReceipt> {
    for (let start = 1; start <= MAX_STARTS; start += 1) {
      const gas = gasLimitOf(await simulate(this.view, this.address, call, options));
      const flight = await this.#prepare(call, gas, options);
      const receipt = await flight.land(options);
      if (receipt !== undefined) return this.#requireSuccess(call, receipt, gas, options);
      this.#logger.warn({ call: call.doing, start }, 'another transaction took the nonce; starting over');
    }
    throw new StowError({
      code: 'tx-nonce-contended',
      message: `could not ${call.doing}: another program keeps sending from ${this.address}`,
      hint: 'give each running program a key of its own',
      retryable: true,
    });
  }

  async #prepare(call: ContractCall, gas: bigint, options: CallOptions): Promise<TxFlight> {
    const { client } = this.view;
    const components = { client, account: this.account, logger: this.#logger, clock: this.#clock };
    try {
      const fees = await abortable(readFees(client), options.signal);
      const { pollMs, resendAfterBlocks: waitBlocks, maxFeePerGas } = this.#init;
      requireGasPrice(call, fees.maxFeePerGas, maxFeePerGas);
      const nonce = await abortable(
        nextNonce(components, this.address, { pollMs, waitBlocks }, options),
        options.signal,
      );
      return new TxFlight(components, this.#init, { call, gas, fees, nonce, maxFeePerGas });
    } catch (error) {
      options.signal?.throwIfAborted();
      throw toChainError(error, call.doing);
    }
  }

  /** A transaction can still revert when the state changed after its simulation: find the reason by asking again. */
  async #requireSuccess(
    call: ContractCall,
    receipt: TransactionReceipt,
    gas: bigint,
    options: CallOptions,
  ): Promise<TransactionReceipt> {
    const { transactionHash: hash, gasUsed, blockNumber } = receipt;
    this.#logger.info(
      { call: call.doing, hash, block: Number(blockNumber), gasUsed: Number(gasUsed), status: receipt.status },
      'mined',
    );
    if (receipt.status === 'success') return receipt;
    await simulate(this.view, this.address, call, options);
    throw new StowError({
      code: 'tx-reverted',
      message: `could not ${call.doing}: transaction ${hash} reverted in block ${blockNumber}, using ${gasUsed} of ${gas} gas`,
      hint: 'the state of the chain changed while it was on its way: try again',
      retryable: true,
    });
  }
}

function queueFull(call: ContractCall, queued: number): StowError {
  return new StowError({
    code: 'tx-queue-full',
    message: `could not ${call.doing}: ${queued} transactions are waiting already`,
    hint: 'look whether the chain still makes blocks and the wallet can pay for gas',
    retryable: true,
  });
}

function ignore(): void {
  // The caller of `send` gets the failure; the queue only needs to know that the turn is over.
}
