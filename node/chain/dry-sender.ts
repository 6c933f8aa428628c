import { type TransactionReceipt, zeroHash } from 'viem';

import type { Address } from '../market/messages.ts';
import { type CallOptions, abortable } from './abortable.ts';
import { readBalances } from './actions/read-balances.ts';
import type { ChainView } from './client.ts';
import type { ContractCall } from './contract-call.ts';
import { gasFunds, toChainError } from './errors.ts';
import { type Fees, readFees } from './fees.ts';
import { gasLimitOf, requireGasPrice, simulate } from './simulate.ts';
import type { Sender, TxSenderInit } from './tx-sender.ts';

/** A transaction that would be sent. */
export interface PlannedCall {
  /** What it does, as it reads after "would": `withdraw 5 tokens from escrow`. */
  readonly doing: string;
  readonly to: Address;
  /** What it would use. */
  readonly gas: bigint;
  /** Whether the chain ran it. What needs a signature, or the outcome of an earlier one, can only be told beforehand. */
  readonly simulated: boolean;
}

export interface DrySenderComponents {
  view: ChainView;
  /** Whose transactions they would be. */
  address: Address;
}

/** The price of gas and what there is to pay it, wei of the chain's coin. */
interface Means extends Fees {
  readonly price: bigint;
  readonly coins: bigint;
}

/**
 * Stands in for the sender of an address where nothing is to be sent: the chain runs each call as it stands now and refuses what it would
 * refuse, and the calls are kept. Needs no key. No call sees what an earlier one would have changed, and receipts have no events: what an
 * action tells of them has to be known otherwise.
 */
export class DrySender implements Sender {
  readonly view: ChainView;
  readonly address: Address;
  readonly #maxFeePerGas: bigint | undefined;
  readonly #planned: PlannedCall[] = [];
  #means: Promise<Means> | undefined;

  constructor({ view, address }: DrySenderComponents, init: Pick<TxSenderInit, 'maxFeePerGas'> = {}) {
    this.view = view;
    this.address = address;
    this.#maxFeePerGas = init.maxFeePerGas;
  }

  /** What would have been sent so far, in order. */
  get planned(): readonly PlannedCall[] {
    return this.#planned;
  }

  /** Throws as `TxSender.send` does before anything is sent: the sentence of the contract's error, `gas-funds`, `gas-price`. */
  async send(call: ContractCall, options: CallOptions = {}): Promise<TransactionReceipt> {
    options.signal?.throwIfAborted();
    const gas = await simulate(this.view, this.address, call, options);
    await this.#plan({ doing: call.doing, to: call.to, gas, simulated: true }, options);
    return receiptOf(this.address, call.to, gas);
  }

  /** Plans a call that the chain cannot run yet. Throws `gas-funds`, `gas-price`. */
  async assume(call: Pick<PlannedCall, 'doing' | 'to' | 'gas'>, options: CallOptions = {}): Promise<void> {
    await this.#plan({ ...call, simulated: false }, options);
  }

  /** What all that is planned would cost at the chain's present price, wei of its coin. */
  async costWei(options: CallOptions = {}): Promise<bigint> {
    if (this.#planned.length === 0) return 0n;
    return this.#gas() * (await this.#readMeans('read the price of gas', options)).price;
  }

  #gas(): bigint {
    return this.#planned.reduce((sum, { gas }) => sum + gas, 0n);
  }

  async #plan(call: PlannedCall, options: CallOptions): Promise<void> {
    const { maxFeePerGas, price, coins } = await this.#readMeans(call.doing, options);
    requireGasPrice(call, maxFeePerGas, this.#maxFeePerGas);
    // Nodes want the most that a transaction may cost; of those before it, what they did cost is gone.
    if (this.#gas() * price + gasLimitOf(call.gas) * maxFeePerGas > coins) throw gasFunds(call.doing);
    this.#planned.push(call);
  }

  async #readMeans(doing: string, options: CallOptions): Promise<Means> {
    this.#means ??= this.#askForMeans(options);
    try {
      return await this.#means;
    } catch (error) {
      this.#means = undefined;
      options.signal?.throwIfAborted();
      throw toChainError(error, doing);
    }
  }

  async #askForMeans(options: CallOptions): Promise<Means> {
    const { client } = this.view;
    const [fees, price, { gas: coins }] = await Promise.all([
      abortable(readFees(client), options.signal),
      abortable(client.getGasPrice(), options.signal),
      readBalances(this.view, this.address, options),
    ]);
    return { ...fees, price, coins };
  }
}

/** That of a transaction that was never sent. */
function receiptOf(from: Address, to: Address, gasUsed: bigint): TransactionReceipt {
  return {
    from,
    to,
    gasUsed,
    status: 'success',
    logs: [],
    logsBloom: '0x',
    type: 'eip1559',
    blockHash: zeroHash,
    blockNumber: 0n,
    contractAddress: undefined,
    cumulativeGasUsed: gasUsed,
    effectiveGasPrice: 0n,
    transactionHash: zeroHash,
    transactionIndex: 0,
  };
}
