import { LRUCache } from 'lru-cache';

import { to0x } from '../core/bytes.ts';
import type { Clock } from '../core/clock.ts';
import { isStowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { closesAtOf } from '../market/channel.ts';
import type { Address, Hex, RetrievalContract, Voucher } from '../market/messages.ts';
import { formatTokens } from '../market/money.ts';
import { READ_BLOCK_BYTES } from '../transfer/limits.ts';
import type { PaidRead, Payments, Reader, WantedRead } from '../transfer/payments.ts';
import { AgreedContract } from './agreed-contract.ts';
import type { Allowance } from './allowance.ts';
import { ChannelAccount } from './channel-account.ts';
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
import type { ReadBook } from './read-book.ts';
import { closing, noChannel, refused, tooLate, unfit, unpaid } from './refusals.ts';
import { findOrLook, type SeenChannel, type SeenChannels } from './seen-channels.ts';
import type { ReceivedVouchers } from './voucher-store.ts';
import { VoucherWriter } from './voucher-writer.ts';

export interface PaidReadsComponents {
  readonly channels: SeenChannels;
  readonly vouchers: ReceivedVouchers;
  readonly allowance: Allowance;
  readonly book: Pick<ReadBook, 'debt' | 'noteDebt'>;
  /** Whether it agreed to the end of a channel, so that nothing that is read from now on could be paid. */
  readonly hasAgreedToEnd: (channel: bigint) => boolean;
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
  /** For how long vouchers over a channel are redeemed after it expired, seconds: the chain's rule. */
  readonly disputeSeconds: number;
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
  readonly #contracts = new LRUCache<Hex, AgreedContract>({ max: MAX_CONTRACTS });

  constructor(components: PaidReadsComponents, limits: ReadLimits) {
    this.#components = components;
    this.#limits = limits;
    this.#writer = new VoucherWriter(components.vouchers);
  }

  /** @throws StowError `retrieval-unpaid`, `retrieval-contract-unknown`, `retrieval-contract-unfit`, `retrieval-contract-spent`, `retrieval-debt`, `retrieval-deposit-spent`, `channel-closing`; the reason of `signal` */
  async open(read: WantedRead, signal: AbortSignal): Promise<PaidRead | undefined> {
    const { allowance, pricePerMiB } = this.#components;
    const root = to0x(read.root);
    const price = pricePerMiB(root);
    if (read.reader.isExempt || price === 0n) return undefined;
    if (read.contract === undefined) {
      if (allowance.use(allowanceOf(read.reader), BigInt(read.byteLength))) return undefined;
      throw unpaid(price);
    }
    return this.#paidRead(this.#agreedOn(read.contract, root, read), read.byteLength, signal);
  }

  async offer(root: Uint8Array, reader: Reader): Promise<Uint8Array> {
    const { allowance } = this.#components;
    const { maxContractBytes, maxReads } = this.#limits;
    const pricePerMiB = reader.isExempt ? 0n : this.#components.pricePerMiB(to0x(root));
    return encodeBody(offerSchema, {
      pricePerMiB,
      freeBytes: allowance.left(allowanceOf(reader)),
      freeBytesPerDay: allowance.bytesPerDay,
      creditBytes: this.#creditOf(reader, pricePerMiB),
      maxContractBytes,
      maxReads,
    });
  }

  /** @throws StowError `retrieval-malformed`, `retrieval-signature-bad`, `retrieval-price`, `retrieval-allowance`, `retrieval-contract-unfit`, `channel-unknown`, `channel-closing`, and those of asking the chain */
  async agree(body: Uint8Array): Promise<Uint8Array> {
    const { channels, verifyContract, hashContract, signContract, vouchers } = this.#components;
    const { contract, signature } = parsed(() => decodeBody(agreeRequestSchema, body));
    const seen = await findOrLook(channels, contract.channel);
    if (seen === undefined) throw noChannel(contract.channel);
    if (!verifyContract(contract, signature, seen.client)) throw badSignature('contract', contract.channel);
    this.#openDeposit(contract.channel);
    const id = hashContract(contract);
    const account = this.#account(contract.channel, seen.redeemed);
    if (!this.#contracts.has(id)) {
      this.#check(contract, seen.client);
      this.#contracts.set(id, new AgreedContract({ contract, client: seen.client, account }));
    }
    return encodeBody(agreeAnswerSchema, {
      signature: await signContract(contract),
      due: account.credit.due,
      last: vouchers.get(contract.channel),
    });
  }

  /** @throws StowError `retrieval-malformed`, `channel-unknown`, `retrieval-signature-bad`, `channel-closing`, `retrieval-deposit-spent`, and those of asking the chain */
  async pay(body: Uint8Array): Promise<Uint8Array> {
    const { channels, verifyVoucher, vouchers } = this.#components;
    const signed = parsed(() => decodeBody(signedVoucherSchema, body));
    const { voucher, signature } = signed;
    // The chain is asked about no voucher but one that the client of a channel to this provider signed: made-up ones cost it nothing.
    const known = channels.find(voucher.channel);
    if (known === undefined) throw noChannel(voucher.channel);
    if (!verifyVoucher(voucher, signature, known.client)) throw badSignature('voucher', voucher.channel);
    // It may have been topped up since.
    if (voucher.amount > known.deposit) await channels.sync();
    const account = this.#account(voucher.channel, this.#redeemable(voucher).redeemed);
    if (voucher.amount <= account.credit.paid)
      return encodeBody(payAnswerSchema, { last: vouchers.get(voucher.channel) });
    await this.#writer.keep(signed);
    account.pay(voucher.amount);
    return encodeBody(payAnswerSchema, {});
  }

  async #paidRead(agreed: AgreedContract, byteLength: number, signal: AbortSignal): Promise<PaidRead> {
    const { account } = agreed;
    const read = agreed.begin(byteLength);
    const close = (): void => {
      read.close();
      this.#noteDebt(account);
    };
    try {
      // It may have been topped up since.
      if (!account.coversReads()) await this.#components.channels.sync();
      account.requireReadsCovered();
      await this.#noted(account, account.ready(Math.min(byteLength, READ_BLOCK_BYTES), read, signal));
    } catch (error) {
      close();
      throw error;
    }
    return {
      take: async (bytes, block, gone) => this.#noted(account, account.take(bytes, block, read, gone)),
      close,
    };
  }

  /** While a read is under way, what left may not have come yet: that is not held against a client across a crash. */
  #noteDebt({ channel, credit, inUse }: ChannelAccount): void {
    if (inUse.size > 0) return;
    const { debt: noted } = credit;
    const isOpen = (): boolean => noted !== undefined && (credit.paid < noted.served || noted.discounted > 0n);
    this.#components.book.noteDebt(channel, () => (isOpen() ? noted : undefined));
  }

  #creditOf({ wallet }: Reader, pricePerMiB: bigint): bigint {
    const { channelsOf, vouchers, book } = this.#components;
    const credits = (wallet === undefined ? [] : channelsOf(wallet)).map(
      (channel) =>
        this.#accounts.get(channel)?.credit ??
        new Credit(vouchers.get(channel)?.voucher.amount ?? 0n, book.debt(channel)),
    );
    return [new Credit(0n), ...credits]
      .map((credit) => credit.limitBytes(pricePerMiB))
      .reduce((most, bytes) => (bytes > most ? bytes : most));
  }

  /** What stands behind a channel that may be served over: nothing is that could not be paid. @throws StowError `channel-closing` */
  #openDeposit(channel: bigint): bigint {
    const { channels, hasAgreedToEnd, nowS } = this.#components;
    const seen = channels.find(channel);
    const isOpen = seen !== undefined && seen.closesAt === undefined && nowS() < seen.expiry;
    if (!isOpen || hasAgreedToEnd(channel)) throw closing(channel);
    return seen.deposit;
  }

  /** The channel that a voucher can be redeemed over. @throws StowError `channel-closing`, `retrieval-deposit-spent` */
  #redeemable({ channel, amount }: Voucher): SeenChannel {
    const { channels, nowS } = this.#components;
    const seen = channels.find(channel);
    if (seen === undefined || nowS() >= closesAtOf(seen, this.#limits.disputeSeconds)) throw tooLate(channel);
    if (amount <= seen.deposit) return seen;
    throw refused(
      'retrieval-deposit-spent',
      `the voucher promises ${formatTokens(amount)}, and ${formatTokens(seen.deposit)} are behind channel ${channel}`,
      `put more behind it: stowmarket channel topup ${channel} TOKENS`,
    );
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

  #agreedOn(id: string, root: Hex, { reader }: WantedRead): AgreedContract {
    const agreed = this.#contracts.get(`0x${id}`);
    if (agreed === undefined) throw unknownContract();
    agreed.requireFit(root, reader, this.#components.nowS());
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

  #account(channel: bigint, redeemed: bigint): ChannelAccount {
    const known = this.#accounts.get(channel);
    if (known !== undefined) return known;
    const kept = this.#components.vouchers.get(channel)?.voucher.amount ?? 0n;
    // What was redeemed was promised, even where the voucher itself is lost.
    const { clock, book } = this.#components;
    const credit = new Credit(kept > redeemed ? kept : redeemed, book.debt(channel));
    const account = new ChannelAccount({ clock, deposit: () => this.#openDeposit(channel) }, { channel, credit });
    this.#accounts.set(channel, account);
    return account;
  }
}

/** All that read without a wallet share one allowance: they can be as many as they like. */
function allowanceOf({ wallet }: Reader): string {
  return wallet ?? 'nobody';
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
