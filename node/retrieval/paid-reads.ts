import { isAddressEqual } from 'viem/utils';
import { LRUCache } from 'lru-cache';

import { to0x } from '../core/bytes.ts';
import type { Clock } from '../core/clock.ts';
import { isStowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Address, Hex, RetrievalContract, Voucher } from '../market/messages.ts';
import { formatTokens } from '../market/money.ts';
import { READ_BLOCK_BYTES } from '../transfer/limits.ts';
import type { PaidRead, Payments, Reader, WantedRead } from '../transfer/payments.ts';
import type { Allowance } from './allowance.ts';
import { ChannelAccount, type Wanted } from './channel-account.ts';
import type { ChannelFacts, ChannelLookup } from './channel-lookup.ts';
import { Credit } from './credit.ts';
import { MAX_ACCOUNTS, MAX_CONTRACT_AHEAD_S, MAX_CONTRACTS } from './limits.ts';
import {
  agreeAnswerSchema,
  agreeRequestSchema,
  decodeBody,
  encodeBody,
  offerSchema,
  payAnswerSchema,
  signedVoucherSchema,
} from './messages.ts';
import { closing, refused, unpaid } from './refusals.ts';
import type { ReceivedVouchers } from './voucher-store.ts';
import { VoucherWriter } from './voucher-writer.ts';

export interface PaidReadsComponents {
  readonly channels: Pick<ChannelLookup, 'open' | 'facts'>;
  readonly vouchers: ReceivedVouchers;
  readonly allowance: Allowance;
  /** Whether it agreed to the end of a channel, so that nothing that is read from now on could be paid. */
  readonly isEnding: (channel: bigint) => boolean;
  readonly nowS: () => number;
  readonly hashContract: (contract: RetrievalContract) => Hex;
  readonly verifyContract: (contract: RetrievalContract, signature: Hex, signer: Address) => boolean;
  /** By the node key. */
  readonly signContract: (contract: RetrievalContract) => Promise<Hex>;
  readonly verifyVoucher: (voucher: Voucher, signature: Hex, client: Address) => boolean;
  /** What a shard costs now, token wei: never above what its agreements bind it to. */
  readonly pricePerMiB: (root: Hex) => bigint;
  /** A client's channels to this provider that are not being closed. */
  readonly channelsOf: (client: Address) => readonly bigint[];
  readonly clock: Pick<Clock, 'sleep'>;
  readonly logger: Logger;
}

/** What its operator allows. */
export interface ReadLimits {
  /** The most that one contract may be for. */
  readonly maxContractBytes: bigint;
  /** Reads of one reader at once: kept by the server of shard bytes, and told here. */
  readonly maxReads: number;
}

/** A contract that both sides signed, and how much was read under it. */
interface Agreed {
  readonly contract: RetrievalContract;
  readonly client: Address;
  readonly account: ChannelAccount;
  usedBytes: bigint;
  /** Of reads in work, what is still to be served. */
  openBytes: bigint;
}

/**
 * Sells reads: within a client's allowance for nothing, beyond it only under a contract over a channel, and never more on credit than what the
 * channel's own history allows. A voucher is on disk before the next byte leaves.
 */
export class PaidReads implements Payments {
  readonly #components: PaidReadsComponents;
  readonly #limits: ReadLimits;
  readonly #writer: VoucherWriter;
  readonly #accounts = new LRUCache<bigint, ChannelAccount>({ max: MAX_ACCOUNTS });
  readonly #contracts = new LRUCache<Hex, Agreed>({ max: MAX_CONTRACTS });

  constructor(components: PaidReadsComponents, limits: ReadLimits) {
    this.#components = components;
    this.#limits = limits;
    this.#writer = new VoucherWriter(components.vouchers);
  }

  /** @throws StowError `retrieval-unpaid`, `retrieval-contract-unknown`, `retrieval-contract-unfit`, `retrieval-contract-spent`, `retrieval-debt`, `retrieval-deposit-spent` */
  async open(read: WantedRead): Promise<PaidRead | undefined> {
    const { allowance, pricePerMiB } = this.#components;
    const root = to0x(read.root);
    const price = pricePerMiB(root);
    if (read.reader.isExempt || price === 0n) return undefined;
    if (read.contract === undefined) {
      if (allowance.use(allowanceOf(read.reader), BigInt(read.byteLength))) return undefined;
      throw unpaid(price);
    }
    return this.#paidRead(this.#agreedOn(read.contract, root, read), read);
  }

  async offer(root: Uint8Array, reader: Reader): Promise<Uint8Array> {
    const { allowance } = this.#components;
    const pricePerMiB = reader.isExempt ? 0n : this.#components.pricePerMiB(to0x(root));
    return encodeBody(offerSchema, {
      pricePerMiB,
      freeBytes: allowance.left(allowanceOf(reader)),
      freeBytesPerDay: allowance.bytesPerDay,
      creditBytes: this.#creditOf(reader, pricePerMiB),
      ...this.#limits,
    });
  }

  /** @throws StowError `retrieval-malformed`, `retrieval-signature-bad`, `retrieval-price`, `retrieval-allowance`, `retrieval-contract-unfit`, and those of looking the channel up */
  async agree(body: Uint8Array): Promise<Uint8Array> {
    const { channels, verifyContract, hashContract, signContract, vouchers } = this.#components;
    const { contract, signature } = parsed(() => decodeBody(agreeRequestSchema, body));
    const facts = await channels.open(contract.channel);
    this.#requireGoingOn(contract.channel);
    if (!verifyContract(contract, signature, facts.client)) throw badSignature('contract', contract.channel);
    const id = hashContract(contract);
    const account = this.#account(contract.channel, facts);
    if (!this.#contracts.has(id)) {
      this.#check(contract, facts.client);
      this.#contracts.set(id, { contract, client: facts.client, account, usedBytes: 0n, openBytes: 0n });
    }
    return encodeBody(agreeAnswerSchema, {
      signature: await signContract(contract),
      due: account.credit.due,
      last: vouchers.get(contract.channel),
    });
  }

  /** @throws StowError `retrieval-malformed`, `retrieval-contract-unknown`, `retrieval-signature-bad`, `retrieval-deposit-spent`, and those of looking the channel up */
  async pay(body: Uint8Array): Promise<Uint8Array> {
    const { channels, verifyVoucher, vouchers } = this.#components;
    const signed = parsed(() => decodeBody(signedVoucherSchema, body));
    const { voucher, signature } = signed;
    // Only channels that a contract was agreed over, or that paid before, are looked up: vouchers over made-up ones cost the chain nothing.
    const isKnown = this.#accounts.has(voucher.channel) || vouchers.get(voucher.channel) !== undefined;
    if (!isKnown) throw unknownContract();
    const facts = await channels.facts(voucher.channel, voucher.amount);
    const account = this.#account(voucher.channel, facts);
    if (!verifyVoucher(voucher, signature, facts.client)) throw badSignature('voucher', voucher.channel);
    if (voucher.amount > facts.deposit)
      throw refused(
        'retrieval-deposit-spent',
        `the voucher promises ${formatTokens(voucher.amount)}, and ${formatTokens(facts.deposit)} are behind channel ${voucher.channel}`,
        `put more behind it: stowmarket channel topup ${voucher.channel} TOKENS`,
      );
    if (voucher.amount <= account.credit.paid)
      return encodeBody(payAnswerSchema, { last: vouchers.get(voucher.channel) });
    await this.#writer.keep(signed);
    account.pay(voucher.amount);
    return encodeBody(payAnswerSchema, {});
  }

  async #paidRead(agreed: Agreed, { byteLength }: WantedRead): Promise<PaidRead> {
    const { contract, account } = agreed;
    const wanted: Wanted = {
      pricePerMiB: contract.pricePerMiB,
      paidOf: (bytes) =>
        beyond(agreed.usedBytes + BigInt(bytes), contract.freeBytes) - beyond(agreed.usedBytes, contract.freeBytes),
    };
    let openBytes = BigInt(byteLength);
    const close = (served = openBytes): void => {
      openBytes -= served;
      agreed.openBytes -= served;
    };
    // From here on it has its place under the contract, so that no read at the same time takes it away.
    agreed.openBytes += openBytes;
    try {
      await this.#noted(account, account.ready(Math.min(byteLength, READ_BLOCK_BYTES), wanted));
    } catch (error) {
      close();
      throw error;
    }
    return {
      take: async (bytes, block, signal) => {
        // What a reader that is gone does not get, it does not owe.
        signal.throwIfAborted();
        this.#requireGoingOn(contract.channel);
        const granted = await this.#noted(account, account.take(bytes, block, wanted, signal));
        agreed.usedBytes += BigInt(granted);
        close(BigInt(granted));
        return granted;
      },
      close: () => close(),
    };
  }

  #creditOf({ wallet }: Reader, pricePerMiB: bigint): bigint {
    const { channelsOf, vouchers } = this.#components;
    const credits = (wallet === undefined ? [] : channelsOf(wallet)).map(
      (channel) => this.#accounts.get(channel)?.credit ?? new Credit(vouchers.get(channel)?.voucher.amount ?? 0n),
    );
    return [new Credit(0n), ...credits]
      .map((credit) => credit.limitBytes(pricePerMiB))
      .reduce((most, bytes) => (bytes > most ? bytes : most));
  }

  #requireGoingOn(channel: bigint): void {
    if (this.#components.isEnding(channel)) throw closing(channel);
  }

  async #noted<T>({ channel, credit }: ChannelAccount, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (isStowError(error, 'retrieval-debt'))
        this.#components.logger.info({ channel, owed: credit.owed }, 'a reader stopped paying');
      throw error;
    }
  }

  #agreedOn(id: string, root: Hex, { reader, byteLength }: WantedRead): Agreed {
    const agreed = this.#contracts.get(`0x${id}`);
    if (agreed === undefined) throw unknownContract();
    const { contract, client, usedBytes, openBytes } = agreed;
    if (contract.shardRoot !== root) throw unfit('the contract is about another shard');
    if (reader.wallet !== undefined && !isAddressEqual(reader.wallet, client))
      throw unfit('the contract is of another client than the ticket');
    if (contract.deadline <= BigInt(this.#components.nowS())) throw unfit('the contract is over');
    if (usedBytes + openBytes + BigInt(byteLength) > contract.maxBytes) throw spent(agreed, byteLength);
    return agreed;
  }

  #check(contract: RetrievalContract, client: Address): void {
    const { allowance, nowS, pricePerMiB } = this.#components;
    const ahead = contract.deadline - BigInt(nowS());
    if (ahead <= 0n || ahead > BigInt(MAX_CONTRACT_AHEAD_S))
      throw unfit(`its deadline is ${ahead} seconds ahead, not 1 to ${MAX_CONTRACT_AHEAD_S}`);
    const { maxContractBytes } = this.#limits;
    if (contract.maxBytes > maxContractBytes)
      throw unfit(`it is for ${contract.maxBytes} bytes, more than the ${maxContractBytes} of one contract here`);
    const price = pricePerMiB(contract.shardRoot);
    if (contract.pricePerMiB < price)
      throw refused(
        'retrieval-price',
        `reads of this shard cost ${formatTokens(price)} per MiB, and the contract says ${formatTokens(contract.pricePerMiB)}`,
        'ask for the price anew, or read from another holder',
      );
    if (allowance.use(client, contract.freeBytes)) return;
    throw refused(
      'retrieval-allowance',
      `the contract has ${contract.freeBytes} bytes free, and ${allowance.left(client)} are left of the allowance`,
      'ask for the offer anew',
    );
  }

  #account(channel: bigint, { deposit, redeemed }: ChannelFacts): ChannelAccount {
    const known = this.#accounts.get(channel);
    if (known !== undefined) {
      known.deposit = deposit;
      return known;
    }
    const kept = this.#components.vouchers.get(channel)?.voucher.amount ?? 0n;
    // What was redeemed was promised, even where the voucher itself is lost.
    const credit = new Credit(kept > redeemed ? kept : redeemed);
    const account = new ChannelAccount(this.#components, { channel, credit, deposit });
    this.#accounts.set(channel, account);
    return account;
  }
}

/** All that read without a wallet share one allowance: they can be as many as they like. */
function allowanceOf({ wallet }: Reader): string {
  return wallet ?? 'nobody';
}

function beyond(bytes: bigint, free: bigint): bigint {
  return bytes > free ? bytes - free : 0n;
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw refused('retrieval-malformed', 'the request is no message of this protocol', 'update both sides', cause);
  }
}

function badSignature(what: string, channel: bigint): ReturnType<typeof refused> {
  return refused(
    'retrieval-signature-bad',
    `the ${what} is not signed by the client of channel ${channel}, for this chain and market`,
    'sign it with the key that opened the channel',
  );
}

function unknownContract(): ReturnType<typeof refused> {
  return refused(
    'retrieval-contract-unknown',
    'this provider knows no such contract: it has restarted, or forgot it',
    'agree on the contract again',
  );
}

function spent({ contract, usedBytes, openBytes }: Agreed, bytes: number): ReturnType<typeof refused> {
  return refused(
    'retrieval-contract-spent',
    `${contract.maxBytes - usedBytes - openBytes} bytes are left to be read under the contract, ${bytes} were asked for`,
    'agree on another contract',
  );
}

function unfit(what: string): ReturnType<typeof refused> {
  return refused('retrieval-contract-unfit', what, 'agree on another contract');
}
