import { isAddressEqual } from 'viem/utils';

import type { Address, Hex, RetrievalContract } from '../market/messages.ts';
import type { Reader } from '../transfer/payments.ts';
import type { ChannelAccount, ContractInUse, Wanted } from './channel-account.ts';
import { contractSpent, unfit } from './refusals.ts';

export interface AgreedContractInit {
  readonly contract: RetrievalContract;
  /** Who signed it, and pays. */
  readonly client: Address;
  readonly account: ChannelAccount;
}

/** One read under a contract: its bytes are kept for it from the beginning to the end. */
export interface ContractRead extends Wanted {
  /** Gives back what was not let go. Harmless a second time. */
  close(): void;
}

/** A contract that both sides signed, and how much was read under it. */
export class AgreedContract implements ContractInUse {
  readonly contract: RetrievalContract;
  readonly account: ChannelAccount;
  readonly #client: Address;
  #usedBytes = 0n;
  /** Of reads under way, what was not let go so far. */
  #heldBytes = 0n;

  constructor({ contract, client, account }: AgreedContractInit) {
    this.contract = contract;
    this.account = account;
    this.#client = client;
  }

  /** @throws StowError `retrieval-contract-unfit` */
  requireFit(root: Hex, { wallet }: Reader, nowS: number): void {
    if (this.contract.shardRoot !== root) throw unfit('the contract is about another shard');
    if (wallet !== undefined && !isAddressEqual(wallet, this.#client))
      throw unfit('the contract is of another client than the ticket');
    if (this.contract.deadline <= BigInt(nowS)) throw unfit('the contract is over');
  }

  /** Keeps so many bytes for a read, so that reads at once are not let in for the same ones. @throws StowError `retrieval-contract-spent` */
  begin(byteLength: number): ContractRead {
    const { pricePerMiB, maxBytes } = this.contract;
    const left = maxBytes - this.#usedBytes - this.#heldBytes;
    let held = BigInt(byteLength);
    if (held > left) throw contractSpent(left, held);
    this.#hold(held);
    const release = (bytes: bigint): void => {
      held -= bytes;
      this.#hold(-bytes);
    };
    return {
      pricePerMiB,
      paidOf: (bytes) => this.#beyondFree(this.#usedBytes + BigInt(bytes)) - this.#beyondFree(this.#usedBytes),
      onServed: (bytes) => {
        release(BigInt(bytes));
        this.#usedBytes += BigInt(bytes);
      },
      close: () => release(held),
    };
  }

  get openCost(): { bytes: bigint; pricePerMiB: bigint } {
    const bytes = this.#beyondFree(this.#usedBytes + this.#heldBytes) - this.#beyondFree(this.#usedBytes);
    return { bytes, pricePerMiB: this.contract.pricePerMiB };
  }

  #hold(bytes: bigint): void {
    this.#heldBytes += bytes;
    if (this.#heldBytes > 0n) this.account.inUse.add(this);
    else this.account.inUse.delete(this);
  }

  #beyondFree(bytes: bigint): bigint {
    const { freeBytes } = this.contract;
    return bytes > freeBytes ? bytes - freeBytes : 0n;
  }
}
