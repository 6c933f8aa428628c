import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type PrivateKeyAccount, generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

import type { Deployment } from '../../../node/chain/deployment.ts';
import {
  hashRetrievalContract,
  signRetrievalContract,
  signVoucher,
  verifyRetrievalContract,
  verifyVoucher,
} from '../../../node/chain/retrieval-data.ts';
import { SentVouchersFile } from '../../../node/client/retrieval/sent-vouchers.ts';
import { type Clock, systemClock } from '../../../node/core/clock.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import type { Hex, RetrievalContract, SignedVoucher, Voucher } from '../../../node/market/messages.ts';
import { hashUnits } from '../../../node/pipeline/merkle/hash-thread.ts';
import { rootOfUnitRoots } from '../../../node/pipeline/merkle/upper-tree.ts';
import { Ledger } from '../../../node/provider/ledger/ledger.ts';
import { Allowance } from '../../../node/retrieval/allowance.ts';
import { PAY_TIMEOUT_MS } from '../../../node/retrieval/limits.ts';
import { ReadBook } from '../../../node/retrieval/read-book.ts';
import { PaidReads, type PaidReadsComponents } from '../../../node/retrieval/paid-reads.ts';
import { readPaid } from '../../../node/retrieval/read-paid.ts';
import { type Desk, ReadPayer, type ReadPayerComponents } from '../../../node/retrieval/read-payer.ts';
import { agreeAnswerSchema, agreeRequestSchema, decodeBody, encodeBody } from '../../../node/retrieval/messages.ts';
import { debt } from '../../../node/retrieval/refusals.ts';
import type { SeenChannel } from '../../../node/retrieval/seen-channels.ts';
import type { Payments } from '../../../node/transfer/payments.ts';
import type { Holder } from '../../../node/transfer/read/holder.ts';
import type { ShardAccess } from '../../../node/transfer/read/shard-access.ts';
import { VerifiedReader } from '../../../node/transfer/read/verified-reader.ts';
import { OneShard, type Pair, startPair } from '../transfer/fixtures.ts';

export const PROVIDER = 3;
export const NOW_S = 1_800_000_000;
/** For how long vouchers count after a channel expired. */
export const DISPUTE_S = 3_600;
export const MEBIBYTE = 1_048_576;
/** Token wei for a MiB: not divisible by what is read, so that rounding shows. */
export const PRICE = 1_000_003n;
export const deployment = {
  chainId: 31_337,
  contracts: { retrievalChannels: `0x${'c0'.repeat(20)}` },
} as unknown as Deployment;

/** What `bytes` cost, exactly, in wei times MiB. */
export function costOf(bytes: number, price = PRICE): bigint {
  return (BigInt(bytes) * price) / BigInt(MEBIBYTE);
}

/** The machine's time, but for how long a provider waits for a payment: a test says when it expects one that does not come. */
export class PatientClock implements Clock {
  patienceMs = 60_000;
  /** Reads that wait for a payment now. */
  waiting = 0;
  nowMs = (): number => systemClock.nowMs();
  monotonicMs = (): number => systemClock.monotonicMs();
  sleep = async (ms: number, options?: { signal?: AbortSignal | undefined }): Promise<void> => {
    if (ms !== PAY_TIMEOUT_MS) return systemClock.sleep(ms, options);
    this.waiting++;
    return systemClock.sleep(this.patienceMs, options).finally(() => this.waiting--);
  };
}

/** A provider that sells reads of one shard over real sockets, with a real ledger. */
export class Shop {
  readonly node: PrivateKeyAccount = privateKeyToAccount(generatePrivateKey());
  readonly folder = mkdtempSync(join(tmpdir(), 'stow-shop-'));
  /** Channels to the provider, as the chain has them. */
  readonly facts = new Map<bigint, SeenChannel>();
  /** As the provider saw them last: what it misses of `facts`, it has to look for. */
  #seen = new Map<bigint, SeenChannel>();
  readonly clock = new PatientClock();
  ledger = new Ledger(join(this.folder, 'ledger.sqlite'));
  price = PRICE;
  nowS = NOW_S;
  freeBytesPerDay = 0n;
  maxContractBytes = 2n ** 40n;
  lookups = 0;
  /** Token wei that it says are owed, for nothing: it serves no more until somebody pays. */
  claimed = 0n;
  /** Called before a voucher is handed to the provider, and after. */
  beforePay: (signed: Uint8Array) => Promise<void> | void = () => undefined;
  afterPay: () => Promise<void> | void = () => undefined;
  reads!: PaidReads;
  book!: ReadBook;
  pair!: Pair;
  holder!: Holder;

  static async open(units = 256, init: { freeBytesPerDay?: bigint } = {}): Promise<Shop> {
    const shop = new Shop();
    shop.freeBytesPerDay = init.freeBytesPerDay ?? 0n;
    shop.restart();
    const source = await shardOf(units);
    const payments: Payments = {
      open: async (read, signal) => {
        if (shop.claimed > 0n) throw debt(7n, shop.claimed);
        return shop.reads.open(read, signal);
      },
      offer: (root, reader) => shop.reads.offer(root, reader),
      agree: async (body) => {
        const answer = decodeBody(agreeAnswerSchema, await shop.reads.agree(body));
        return encodeBody(agreeAnswerSchema, { ...answer, due: answer.due + shop.claimed });
      },
      pay: async (body) => {
        await shop.beforePay(body);
        const answer = await shop.reads.pay(body);
        shop.claimed = 0n;
        await shop.afterPay();
        return answer;
      },
    };
    shop.pair = await startPair({
      source,
      payments,
      // The ticket is the wallet's address: who may read is not what is tested here.
      authorize: ({ ticket }) => Promise.resolve({ wallet: ticket as Hex | undefined, isExempt: ticket === undefined }),
    });
    const provider = { id: PROVIDER, peerId: shop.pair.peer.peerId.toString(), addresses: [] };
    shop.holder = { shardIndex: 0, agreement: 1n, provider, root: source.root, units };
    return shop;
  }

  /** As after `kill -9`: what is not on disk is gone. */
  restart(): void {
    this.ledger.close();
    this.ledger = new Ledger(join(this.folder, 'ledger.sqlite'));
    const channels = {
      find: (channel: bigint) => this.#seen.get(channel),
      sync: async () => {
        this.lookups++;
        this.look();
      },
    };
    this.book = new ReadBook({ kept: this.ledger.reads, clock: this.clock, logger: silentLogger });
    const components: PaidReadsComponents = {
      channels,
      vouchers: this.ledger.vouchers,
      allowance: new Allowance({ nowS: () => this.nowS, book: this.book }, { bytesPerDay: this.freeBytesPerDay }),
      book: this.book,
      hasAgreedToEnd: (channel) => (this.ledger.channels.consentUntil(channel) ?? 0) >= this.nowS,
      nowS: () => this.nowS,
      hashContract: (contract) => hashRetrievalContract(deployment, contract),
      verifyContract: (contract, signature, signer) => verifyRetrievalContract(deployment, contract, signature, signer),
      signContract: (contract) => signRetrievalContract(this.node, deployment, contract),
      verifyVoucher: (voucher, signature, client) => verifyVoucher(deployment, voucher, signature, client),
      pricePerMiB: () => this.price,
      channelsOf: (client) => [...this.facts].flatMap(([channel, facts]) => (facts.client === client ? [channel] : [])),
      clock: this.clock,
      logger: silentLogger,
    };
    this.reads = new PaidReads(components, {
      maxContractBytes: this.maxContractBytes,
      maxReads: 32,
      disputeSeconds: DISPUTE_S,
    });
  }

  /** The provider takes over what happened on chain. */
  look(): void {
    this.#seen = new Map(this.facts);
  }

  openChannel(channel: bigint, client: PrivateKeyAccount, deposit = 10n ** 18n): void {
    this.facts.set(channel, {
      client: client.address,
      deposit,
      redeemed: 0n,
      expiry: this.nowS + 86_400,
      closesAt: undefined,
    });
  }

  /** Token wei that the provider can redeem. */
  earned(channel: bigint): bigint {
    return this.ledger.vouchers.get(channel)?.voucher.amount ?? 0n;
  }

  async close(): Promise<void> {
    await this.pair.stop();
    this.ledger.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** A client that reads and pays, with a real file of promises. */
export class Buyer implements ShardAccess {
  readonly shop: Shop;
  readonly account: PrivateKeyAccount;
  readonly sent: SentVouchersFile;
  readonly payer: ReadPayer;
  readonly channel: bigint;
  readonly folder: string;
  checkedBytes = 0;
  receivedBytes = 0;
  /** Called before each block is handed on. */
  beforeBlock: () => Promise<void> | void = () => undefined;
  /** Called before each voucher is signed. */
  beforeSign: (voucher: Voucher) => Promise<void> | void = () => undefined;

  constructor(
    shop: Shop,
    init: {
      account?: PrivateKeyAccount;
      folder?: string;
      channel?: bigint;
      nowS?: () => number;
      overrides?: Partial<ReadPayerComponents>;
      maxPricePerMiB?: bigint;
    } = {},
  ) {
    this.shop = shop;
    this.account = init.account ?? privateKeyToAccount(generatePrivateKey());
    this.folder = init.folder ?? mkdtempSync(join(tmpdir(), 'stow-buyer-'));
    this.channel = init.channel ?? 7n;
    const scope = { chainId: deployment.chainId, channels: '0x', client: this.account.address };
    this.sent = new SentVouchersFile(join(this.folder, 'promised.sqlite'), scope);
    if (!shop.facts.has(this.channel)) shop.openChannel(this.channel, this.account);
    let nonce = BigInt(Math.floor(Math.random() * 2 ** 40));
    this.payer = new ReadPayer(
      {
        client: this.account.address,
        sent: this.sent,
        channels: {
          to: () => Promise.resolve({ channel: this.channel, deposit: shop.facts.get(this.channel)?.deposit ?? 0n }),
          refused: () => undefined,
          depositOf: (channel) => Promise.resolve(shop.facts.get(channel)?.deposit ?? 0n),
        },
        ceilingOf: () => Promise.resolve(PRICE),
        nodeOf: () => shop.node.address,
        nowS: () => Promise.resolve(init.nowS?.() ?? shop.nowS),
        signVoucher: async (voucher) => {
          await this.beforeSign(voucher);
          return signVoucher(this.account, deployment, voucher);
        },
        verifyVoucher: (voucher, signature, client) => verifyVoucher(deployment, voucher, signature, client),
        hashContract: (contract) => hashRetrievalContract(deployment, contract),
        signContract: (contract) => signRetrievalContract(this.account, deployment, contract),
        verifyContract: (contract, signature, signer) =>
          verifyRetrievalContract(deployment, contract, signature, signer),
        nonce: () => ++nonce,
        clock: systemClock,
        logger: silentLogger,
        ...init.overrides,
      },
      { maxPricePerMiB: init.maxPricePerMiB },
    );
  }

  async unitRoots(holder: Holder): Promise<Uint8Array> {
    const { client, peer } = this.shop.pair;
    return client.unitRoots(peer, holder.root, holder.units, { ticket: this.account.address });
  }

  async *readUnits(
    holder: Holder,
    from: number,
    count: number,
    options: { signal?: AbortSignal | undefined; into?: Uint8Array | undefined },
  ): AsyncGenerator<Uint8Array> {
    const { client, peer } = this.shop.pair;
    const ticket = this.account.address;
    const desk = this.desk();
    const read = (contract: string | undefined): AsyncIterable<Uint8Array> =>
      client.readUnits(peer, holder.root, from, count, { ...options, ticket, contract });
    for await (const block of readPaid(
      { payer: this.payer, desk, read, byteLength: count * UNIT_BYTES, clock: systemClock },
      holder,
    )) {
      await this.beforeBlock();
      this.receivedBytes += block.byteLength;
      yield block;
    }
  }

  onChecked(holder: Holder, byteLength: number): void {
    this.checkedBytes += byteLength;
    this.payer.checked(holder, byteLength);
  }

  desk(): Desk {
    const { client, peer, source } = this.shop.pair;
    return {
      offer: () => client.offer(peer, source.root, { ticket: this.account.address }),
      agree: (body) => client.agree(peer, body),
      pay: (body) => client.pay(peer, body),
    };
  }

  /** A contract for the shard that both sides signed: its digest, as reads name it. */
  async agreed(fields: Partial<RetrievalContract> = {}): Promise<string> {
    const contract = this.contract(fields);
    const signature = await signRetrievalContract(this.account, deployment, contract);
    await this.desk().agree(encodeBody(agreeRequestSchema, { contract, signature }));
    return hashRetrievalContract(deployment, contract).slice(2);
  }

  /** Reads and checks; returns the bytes. */
  async read(from: number, count: number, signal: AbortSignal = new AbortController().signal): Promise<Uint8Array> {
    const reader = await VerifiedReader.open(this, this.shop.holder, { signal });
    return reader.readUnits(from, count, { signal });
  }

  /** Token wei promised in all. */
  get promised(): bigint {
    return this.sent.promised(this.channel).amount;
  }

  async signed(voucher: Partial<Voucher>): Promise<SignedVoucher> {
    const whole = { channel: this.channel, amount: 0n, readBytes: 0n, firstByteMs: 0, kibPerSecond: 0, ...voucher };
    return { voucher: whole, signature: await signVoucher(this.account, deployment, whole) };
  }

  contract(fields: Partial<RetrievalContract> = {}): RetrievalContract {
    return {
      channel: this.channel,
      shardRoot: `0x${Buffer.from(this.shop.holder.root).toString('hex')}`,
      maxBytes: 2n ** 40n,
      pricePerMiB: this.shop.price,
      freeBytes: 0n,
      deadline: BigInt(this.shop.nowS + 3_600),
      nonce: 1n,
      ...fields,
    };
  }

  close(): void {
    this.sent.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A shard whose root and unit roots are those of its bytes. */
async function shardOf(units: number): Promise<OneShard> {
  const shard = new OneShard(units);
  const roots: Uint8Array[] = [];
  for (let unit = 0; unit < units; unit++) roots.push(await hashUnits(shard.unit(unit)));
  return new OneShard(units, Uint8Array.from(Buffer.concat(roots)), {
    root: rootOfUnitRoots(Uint8Array.from(Buffer.concat(roots))),
    block: shard.block,
  });
}
