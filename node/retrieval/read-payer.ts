import { to0x } from '../core/bytes.ts';
import type { Clock } from '../core/clock.ts';
import { ExitCode, isStowError, StowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { UNIT_BYTES } from '../core/units.ts';
import type { Address, Hex, RetrievalContract, SignedVoucher, Voucher } from '../market/messages.ts';
import { formatTokens } from '../market/money.ts';
import type { Holder } from '../transfer/read/holder.ts';
import { ChannelPayer, type Post } from './channel-payer.ts';
import { Credit } from './credit.ts';
import { MAX_CONTRACT_AHEAD_S } from './limits.ts';
import {
  type AgreeAnswer,
  agreeAnswerSchema,
  agreeRequestSchema,
  answerOf,
  decodeBody,
  decodeOffer,
  encodeBody,
  type Offer,
} from './messages.ts';
import type { ServiceSample } from './service-samples.ts';
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
    /** @throws StowError when there is none, and none may be opened */
    to(provider: number): Promise<OpenChannel>;
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

/** What a contract can be made anew for; anything else is not about money. */
const RENEWABLE = new Set([
  'retrieval-unpaid',
  'retrieval-debt',
  'retrieval-contract-unknown',
  'retrieval-contract-unfit',
  'retrieval-contract-spent',
  'retrieval-price',
  'retrieval-allowance',
]);

/** A contract in use. */
interface Agreed {
  readonly id: string;
  readonly contract: RetrievalContract;
  readonly payer: ChannelPayer;
  /** Under it, so many bytes came, and so many turned out right. */
  deliveredBytes: bigint;
  checkedBytes: bigint;
}

/** Pays providers for reads, each over a channel to it, for what turned out right and within what the client's own rules allow. */
export class ReadPayer {
  readonly #components: ReadPayerComponents;
  /** Token wei for a MiB; undefined to pay whatever agreements bind providers to. */
  readonly #maxPricePerMiB: bigint | undefined;
  readonly #payers = new Map<number, ChannelPayer>();
  /** By provider and shard; the last of each is in use, those before wait for what they delivered to be checked. */
  readonly #agreed = new Map<string, Agreed[]>();

  readonly #arranging = new Map<string, Promise<void>>();

  constructor(components: ReadPayerComponents, { maxPricePerMiB }: { maxPricePerMiB: bigint | undefined }) {
    this.#components = components;
    this.#maxPricePerMiB = maxPricePerMiB;
  }

  /** Digest of the contract that a read is made under; undefined for one that costs nothing so far. */
  contractOf(holder: Holder): string | undefined {
    return this.#current(holder)?.id;
  }

  /**
   * Sees to it that a read which was refused is served the next time: agrees on a contract, or pays what the provider waits for.
   * @param tried the contract that was refused; where another is in use by now, nothing is left to do
   * @returns whether to read again; false for refusals that are not about money
   * @throws StowError `retrieval-price-above-ceiling`, `retrieval-disputed`, `retrieval-countersignature-bad`, and those of finding a channel
   */
  async arrange(holder: Holder, refusal: unknown, tried: string | undefined, desk: Desk): Promise<boolean> {
    if (!isStowError(refusal) || !RENEWABLE.has(refusal.code)) return false;
    const isInDebt = refusal.code === 'retrieval-debt';
    // Reads of one shard at once that are refused together need one contract.
    const before = this.#arranging.get(keyOf(holder));
    const arranging = (async () => {
      await before?.catch(() => undefined);
      if (this.contractOf(holder) !== tried) return;
      if (isInDebt) await this.#current(holder)?.payer.settle();
      await this.#agree(holder, desk, { isInDebt });
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

  /** A block came under the contract in use. */
  delivered(holder: Holder, byteLength: number): void {
    const agreed = this.#current(holder);
    if (agreed !== undefined) agreed.deliveredBytes += BigInt(byteLength);
  }

  /** Bytes of a shard turned out right; those that no contract delivered were free. */
  checked(holder: Holder, byteLength: number): void {
    let left = BigInt(byteLength);
    for (const agreed of this.#agreed.get(keyOf(holder)) ?? []) {
      const { contract, payer, deliveredBytes, checkedBytes } = agreed;
      const bytes = min(left, deliveredBytes - checkedBytes);
      if (bytes === 0n) continue;
      agreed.checkedBytes += bytes;
      left -= bytes;
      const paidBytes = beyond(agreed.checkedBytes, contract.freeBytes) - beyond(checkedBytes, contract.freeBytes);
      payer.owe(bytes, paidBytes, contract.pricePerMiB);
    }
  }

  sample(holder: Holder, sample: ServiceSample): void {
    this.#payers.get(holder.provider.id)?.sample(sample);
  }

  /** Pays all that is left at every provider. Never throws. */
  async settle(): Promise<void> {
    await Promise.all([...this.#payers.values()].map(async (payer) => payer.settle()));
  }

  async #agree(holder: Holder, desk: Desk, { isInDebt }: { isInDebt: boolean }): Promise<void> {
    const { hashContract, signContract, verifyContract, nodeOf, nowS, nonce, channels } = this.#components;
    const { pricePerMiB, freeBytes, maxContractBytes } = decodeOffer(holder.provider.id, await desk.offer());
    await this.#requirePrice(holder, pricePerMiB);
    const open = await channels.to(holder.provider.id);
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
    const payer = this.#payerOf(holder, open, desk.pay);
    this.#adopt(holder, open.channel, answer);
    if (isInDebt) await this.#payDebt(holder, payer, contract, answer);
    const agreed = { id: hashContract(contract).slice(2), contract, payer, deliveredBytes: 0n, checkedBytes: 0n };
    const before = (this.#agreed.get(keyOf(holder)) ?? []).filter((old) => old.deliveredBytes > old.checkedBytes);
    this.#agreed.set(keyOf(holder), [...before, agreed]);
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
          ? `its agreement binds it to ${formatTokens(bound)}`
          : `at most ${formatTokens(most)} are to be paid`;
    throw new StowError({
      code: 'retrieval-price-above-ceiling',
      message: `provider ${holder.provider.id} asks ${formatTokens(pricePerMiB)} for a MiB of shard ${holder.shardIndex}, and ${allowed}`,
      hint: 'it is read elsewhere where enough other shards are left; retrieval.max-price-per-mib and `get --max-price` say what may be paid',
      exitCode: ExitCode.funds,
    });
  }

  /** A voucher of this wallet that the provider has and this machine does not know of: it lost its record, or another machine pays, too. */
  #adopt(holder: Holder, channel: bigint, { last }: AgreeAnswer): void {
    const { client, sent, verifyVoucher, logger } = this.#components;
    if (last === undefined || last.voucher.amount <= sent.promised(channel).amount) return;
    if (last.voucher.channel !== channel || !verifyVoucher(last.voucher, last.signature, client))
      throw new StowError({
        code: 'retrieval-countersignature-bad',
        message: `provider ${holder.provider.id} shows a voucher over channel ${channel} that this wallet never signed`,
        hint: 'it is read elsewhere where enough other shards are left; close the channel',
        exitCode: ExitCode.integrity,
      });
    sent.adopt(last);
    logger.warn({ channel }, 'the provider has a higher voucher than this machine knows of: going on from that');
  }

  /** What was promised last may have been lost on its way, with the process that promised it. */
  async #payDebt(holder: Holder, payer: ChannelPayer, contract: RetrievalContract, answer: AgreeAnswer): Promise<void> {
    const conceded = this.#concede(holder, payer, contract, answer);
    const { amount } = this.#components.sent.promised(contract.channel);
    if (amount > (answer.last?.voucher.amount ?? 0n)) await payer.sendPromised(conceded);
  }

  /**
   * The provider counts more as sent than was paid: a connection broke, or this machine crashed. That is given up, up to one credit over the channel's
   * whole life; so an honest pair goes on, and a provider that makes it up gains no more than it risks itself.
   * @returns token wei that are promised for that, and not yet sent
   */
  #concede(
    holder: Holder,
    payer: ChannelPayer,
    { channel, pricePerMiB }: RetrievalContract,
    { due }: AgreeAnswer,
  ): bigint {
    const { sent, logger } = this.#components;
    const { amount } = sent.promised(channel);
    if (due <= amount) return 0n;
    const mostConceded = (paidFor: bigint): bigint => new Credit(paidFor).limit(pricePerMiB);
    if (sent.concede(channel, due - amount, { most: payer.deposit, mostConceded }) === undefined)
      throw new StowError({
        code: 'retrieval-disputed',
        message: `provider ${holder.provider.id} wants ${formatTokens(due - amount)} over channel ${channel} for bytes that never came, more than is given up for a channel`,
        hint: `it is read elsewhere where enough other shards are left; close the channel: stowmarket channel close ${channel}`,
        exitCode: ExitCode.funds,
      });
    logger.warn({ channel, conceded: due - amount }, 'paid for bytes that the provider sent and that never came');
    return due - amount;
  }

  #payerOf(holder: Holder, { channel, deposit }: OpenChannel, post: Post): ChannelPayer {
    const { sent, signVoucher: sign, client, verifyVoucher, clock, logger } = this.#components;
    const isOwn = ({ voucher, signature }: SignedVoucher): boolean => verifyVoucher(voucher, signature, client);
    const known = this.#payers.get(holder.provider.id);
    if (known?.channel === channel) {
      known.deposit = deposit;
      known.reachBy(post);
      return known;
    }
    const payer = new ChannelPayer({ sent, sign, isOwn, clock, logger }, { channel, deposit, post });
    this.#payers.set(holder.provider.id, payer);
    return payer;
  }

  #current(holder: Holder): Agreed | undefined {
    return this.#agreed.get(keyOf(holder))?.at(-1);
  }
}

function keyOf({ provider, root }: Holder): string {
  return `${provider.id}:${to0x(root)}`;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function beyond(bytes: bigint, free: bigint): bigint {
  return bytes > free ? bytes - free : 0n;
}

function badCountersignature(holder: Holder): StowError {
  return new StowError({
    code: 'retrieval-countersignature-bad',
    message: `provider ${holder.provider.id} did not sign the contract for reading shard ${holder.shardIndex} with its node key`,
    hint: 'it is read elsewhere where enough other shards are left',
    exitCode: ExitCode.integrity,
  });
}
