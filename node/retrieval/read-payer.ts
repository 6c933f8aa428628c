import { to0x } from '../core/bytes.ts';
import type { Clock } from '../core/clock.ts';
import { ExitCode, isStowError, StowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { UNIT_BYTES } from '../core/units.ts';
import type { Address, Hex, RetrievalContract, SignedVoucher, Voucher } from '../market/messages.ts';
import { formatTokens } from '../market/money.ts';
import type { Holder } from '../transfer/read/holder.ts';
import { ChannelPayer, type Post } from './channel-payer.ts';
import { ContractsInUse, keyOf, type ReadInUse } from './contracts-in-use.ts';
import { Credit } from './credit.ts';
import { MAX_CONTRACT_AHEAD_S } from './limits.ts';
import {
  agreeAnswerSchema,
  agreeRequestSchema,
  answerOf,
  decodeBody,
  decodeOffer,
  encodeBody,
  type Offer,
} from './messages.ts';
import { adoptLast, payDebt } from './pay-debt.ts';
import type { SentVouchers } from './voucher-store.ts';

/** A channel that can pay. */
export interface OpenChannel {
  readonly channel: bigint;
  /** Token wei. */
  readonly deposit: bigint;
}

/** The provider's side of a payment, for one shard. */
export interface Desk {
  offer(): Promise<Uint8Array>;
  agree(body: Uint8Array): Promise<Uint8Array>;
  pay: Post;
}

export interface ReadPayerComponents {
  readonly client: Address;
  readonly sent: SentVouchers;
  readonly channels: {
    /** @param least token wei that have to be left in it @throws StowError when there is none, and none may be opened */
    to(provider: number, least: bigint): Promise<OpenChannel>;
    /** The provider serves nothing more over it, as long as no more is put behind it. */
    refused(channel: OpenChannel): void;
    /** Token wei behind it, as the chain has it now; 0 when it is closed. */
    depositOf(channel: bigint): Promise<bigint>;
  };
  /** What the provider bound itself to for this shard, token wei for a MiB; undefined where nothing binds it. */
  readonly ceilingOf: (holder: Holder) => Promise<bigint | undefined>;
  /** Address of a provider's node key. */
  readonly nodeOf: (holder: Holder) => Address;
  readonly nowS: () => Promise<number>;
  readonly signVoucher: (voucher: Voucher) => Promise<Hex>;
  readonly verifyVoucher: (voucher: Voucher, signature: Hex, client: Address) => boolean;
  readonly hashContract: (contract: RetrievalContract) => Hex;
  readonly signContract: (contract: RetrievalContract) => Promise<Hex>;
  readonly verifyContract: (contract: RetrievalContract, signature: Hex, signer: Address) => boolean;
  /** A number that no other contract of this wallet has. */
  readonly nonce: () => bigint;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly logger: Logger;
}

/** Half of what providers allow, so that clocks may differ. */
const CONTRACT_SECONDS = MAX_CONTRACT_AHEAD_S / 2;

/** What a read can be made anew for, under another contract; anything else is not about money. */
const RENEWABLE = new Set([
  'retrieval-unpaid',
  'retrieval-debt',
  'retrieval-contract-unknown',
  'retrieval-contract-unfit',
  'retrieval-contract-spent',
  'retrieval-deposit-spent',
  'channel-closing',
]);
/** What means that another channel is needed, too. */
const NEEDS_CHANNEL = new Set(['retrieval-deposit-spent', 'channel-closing']);
/** What another contract is proposed for at once: price or allowance changed since the offer, as when shards are read at once. */
const PROPOSED_ANEW = new Set(['retrieval-price', 'retrieval-allowance', 'channel-closing']);
/** Contracts that are proposed for one read. */
const MAX_PROPOSALS = 3;

/** Why a read has to be made anew. */
export interface Refused {
  readonly refusal: unknown;
  /** The contract that was refused. */
  readonly tried: string | undefined;
  /** Of the read. */
  readonly byteLength: number;
}

/** Pays providers for reads, each over a channel to it, for what turned out right and within what the client's own rules allow. */
export class ReadPayer {
  readonly #components: ReadPayerComponents;
  /** Token wei for a MiB; undefined to pay whatever agreements bind providers to. */
  readonly #maxPricePerMiB: bigint | undefined;
  /** By channel. */
  readonly #payers = new Map<bigint, ChannelPayer>();
  readonly #contracts = new ContractsInUse();
  readonly #arranging = new Map<string, Promise<void>>();

  constructor(components: ReadPayerComponents, { maxPricePerMiB }: { maxPricePerMiB: bigint | undefined }) {
    this.#components = components;
    this.#maxPricePerMiB = maxPricePerMiB;
  }

  /** A read begins: the contract that it is made under; undefined for one that costs nothing so far. */
  begin(holder: Holder): ReadInUse | undefined {
    return this.#contracts.begin(holder);
  }

  /**
   * Sees to it that a read which was refused is served the next time: agrees on a contract, over another channel if need be, or pays what the provider
   * waits for. Where another contract is in use by now, nothing is left to do.
   * @returns whether to read again; false for refusals that are not about money
   * @throws StowError `retrieval-price-above-ceiling`, `retrieval-disputed`, `retrieval-countersignature-bad`, and those of finding a channel
   */
  async arrange(holder: Holder, { refusal, tried, byteLength }: Refused, desk: Desk): Promise<boolean> {
    if (!isStowError(refusal) || !RENEWABLE.has(refusal.code)) return false;
    const { code } = refusal;
    const isInDebt = code === 'retrieval-debt';
    // Reads of one shard at once that are refused together need one contract.
    const before = this.#arranging.get(keyOf(holder));
    const arranging = (async () => {
      await before?.catch(() => undefined);
      const current = this.#contracts.current(holder);
      if (current?.id !== tried) return;
      if (isInDebt || NEEDS_CHANNEL.has(code)) await current?.payer.settle();
      if (current !== undefined && NEEDS_CHANNEL.has(code)) this.#components.channels.refused(current.payer);
      await this.#agree(holder, desk, { isInDebt, byteLength });
    })();
    const key = keyOf(holder);
    this.#arranging.set(key, arranging);
    try {
      await arranging;
    } finally {
      if (this.#arranging.get(key) === arranging) this.#arranging.delete(key);
    }
    return true;
  }

  /** Whether a read waits for what it costs to be agreed on, which may take a transaction. */
  isArranging(holder: Holder): boolean {
    return this.#arranging.has(keyOf(holder));
  }

  /** Bytes of a shard turned out right; those that no contract delivered were free. */
  checked(holder: Holder, byteLength: number): void {
    this.#contracts.checked(holder, byteLength);
  }

  /** Pays all that is left at every provider. Never throws. */
  async settle(): Promise<void> {
    await Promise.all([...this.#payers.values()].map(async (payer) => payer.settle()));
  }

  async #agree(holder: Holder, desk: Desk, need: { isInDebt: boolean; byteLength: number }): Promise<void> {
    const { channels } = this.#components;
    for (let proposals = 1; ; proposals++) {
      const offer = decodeOffer(holder.provider.id, await desk.offer());
      await this.#requirePrice(holder, offer.pricePerMiB);
      const open = await channels.to(holder.provider.id, costOf(need.byteLength, offer.pricePerMiB));
      try {
        await this.#propose(holder, desk, { ...need, offer, open });
        return;
      } catch (error) {
        if (proposals === MAX_PROPOSALS || !isStowError(error) || !PROPOSED_ANEW.has(error.code)) throw error;
        if (NEEDS_CHANNEL.has(error.code)) channels.refused(open);
      }
    }
  }

  async #propose(
    holder: Holder,
    desk: Desk,
    { isInDebt, offer, open }: { isInDebt: boolean; offer: Offer; open: OpenChannel },
  ): Promise<void> {
    const { hashContract, signContract, verifyContract, nodeOf, nowS, nonce } = this.#components;
    const { pricePerMiB, freeBytes, maxContractBytes } = offer;
    const maxBytes = min(BigInt(holder.units) * BigInt(UNIT_BYTES), maxContractBytes);
    const contract: RetrievalContract = {
      channel: open.channel,
      shardRoot: to0x(holder.root),
      maxBytes,
      pricePerMiB,
      freeBytes: min(freeBytes, maxBytes),
      deadline: BigInt((await nowS()) + CONTRACT_SECONDS),
      nonce: nonce(),
    };
    const request = encodeBody(agreeRequestSchema, { contract, signature: await signContract(contract) });
    const body = await desk.agree(request);
    const answer = answerOf(holder.provider.id, () => decodeBody(agreeAnswerSchema, body));
    if (!verifyContract(contract, answer.signature, nodeOf(holder))) throw badCountersignature(holder);
    const payer = this.#payerOf(open, desk.pay);
    adoptLast(this.#components, holder, contract, answer);
    if (isInDebt) await payDebt(this.#components, holder, payer, { contract, answer });
    const id = hashContract(contract).slice(2);
    this.#contracts.add(holder, { id, contract, payer });
  }

  /** [35] A provider may not ask more for what is stored with it than it bound itself to. */
  async #requirePrice(holder: Holder, pricePerMiB: Offer['pricePerMiB']): Promise<void> {
    const bound = await this.#components.ceilingOf(holder);
    const most = bound === undefined ? this.#maxPricePerMiB : min(bound, this.#maxPricePerMiB ?? bound);
    if (most !== undefined && pricePerMiB <= most) return;
    const allowed =
      most === undefined
        ? 'nothing binds it to a price'
        : most === bound
          ? `the agreement over the shard binds its holder to ${formatTokens(bound)}`
          : `at most ${formatTokens(most)} are to be paid`;
    throw new StowError({
      code: 'retrieval-price-above-ceiling',
      message: `provider ${holder.provider.id} asks ${formatTokens(pricePerMiB)} for a MiB of shard ${holder.shardIndex}, and ${allowed}`,
      hint: 'it is read elsewhere where enough other shards are left; retrieval.max-price-per-mib and `get --max-price` say what may be paid',
      exitCode: ExitCode.funds,
    });
  }

  #payerOf({ channel, deposit }: OpenChannel, post: Post): ChannelPayer {
    const { sent, signVoucher: sign, client, verifyVoucher, clock, logger } = this.#components;
    const isOwn = ({ voucher, signature }: SignedVoucher): boolean => verifyVoucher(voucher, signature, client);
    const known = this.#payers.get(channel);
    if (known !== undefined) {
      known.deposit = deposit;
      known.reachBy(post);
      return known;
    }
    const depositNow = (): Promise<bigint> => this.#components.channels.depositOf(channel);
    const payer = new ChannelPayer({ sent, sign, isOwn, depositNow, clock, logger }, { channel, deposit, post });
    this.#payers.set(channel, payer);
    return payer;
  }
}

/** Token wei, rounded up. */
function costOf(byteLength: number, pricePerMiB: bigint): bigint {
  const credit = new Credit(0n);
  credit.serve(BigInt(byteLength), pricePerMiB);
  return credit.due;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function badCountersignature(holder: Holder): StowError {
  return new StowError({
    code: 'retrieval-countersignature-bad',
    message: `provider ${holder.provider.id} did not sign the contract for reading shard ${holder.shardIndex} with its node key`,
    hint: 'it is read elsewhere where enough other shards are left',
    exitCode: ExitCode.integrity,
  });
}
