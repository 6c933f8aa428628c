import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';

import { privateKeyToAccount } from 'viem/accounts';

import { readChainTime } from '../../../node/chain/actions/read-chain-time.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import {
  hashRetrievalContract,
  signRetrievalContract,
  signVoucher,
  verifyRetrievalContract,
  verifyVoucher,
} from '../../../node/chain/retrieval-data.ts';
import { SentVouchersFile } from '../../../node/client/retrieval/sent-vouchers.ts';
import { BulkTransfer } from '../../../node/client/session/bulk-transfer.ts';
import { fromHex } from '../../../node/core/bytes.ts';
import { systemClock } from '../../../node/core/clock.ts';
import { messageOf } from '../../../node/core/errors.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { UNIT_BYTES, UNITS_PER_CELL } from '../../../node/core/units.ts';
import { dialPolicy } from '../../../node/network/address-policy.ts';
import { evmAddress, nodeIdentity, parsePeerId, publicKeyOfPeerId } from '../../../node/network/identity.ts';
import { ReadPayer } from '../../../node/retrieval/read-payer.ts';
import { parseBulkAddress } from '../../../node/transfer/bulk-address.ts';
import { BulkClient } from '../../../node/transfer/bulk-client.ts';
import type { Holder } from '../../../node/transfer/read/holder.ts';
import type { ShardAccess } from '../../../node/transfer/read/shard-access.ts';
import { VerifiedReader } from '../../../node/transfer/read/verified-reader.ts';
import { createTlsIdentity } from '../../../node/transfer/tls-identity.ts';
import { newNodeKey } from '../../node/network/hosts.ts';
import type { Order, ReaderOutcome, ReaderSpec } from './messages.ts';

/** What a decoder asks for at once. */
const WINDOW_UNITS = 16 * UNITS_PER_CELL;
/** A block of bulk transport. */
const FIRST_UNITS = UNITS_PER_CELL;
const AFTER_FAILURE_MS = 1_000;
const NONCE_BYTES = 8;

/** One client with a key, a connection, a channel and a record of its promises of its own, which reads windows of a shard at random places, and pays. */
export class PayingReader {
  readonly #order: Order;
  readonly #spec: ReaderSpec;
  readonly #stored: Uint8Array;
  readonly #holder: Holder;
  readonly #sent: SentVouchersFile;
  readonly #bulk: BulkClient;
  readonly #transfer: BulkTransfer;
  #reader: VerifiedReader | undefined;
  #vouchers = 0;
  #bytes = 0;
  #reads = 0;
  #firstMs: number | undefined;
  readonly #laterMs: number[] = [];
  readonly #failures: string[] = [];

  private constructor(view: ChainView, bulk: BulkClient, order: Order, spec: ReaderSpec, stored: Uint8Array) {
    [this.#order, this.#spec, this.#stored, this.#bulk] = [order, spec, stored, bulk];
    const { provider, shard } = order;
    this.#holder = {
      shardIndex: 0,
      agreement: BigInt(shard.agreement),
      provider: { id: provider.id, peerId: provider.peerId, addresses: [] },
      root: fromHex(shard.root),
      units: shard.units,
    };
    const account = privateKeyToAccount(spec.key);
    const { chainId, contracts } = view.deployment;
    const scope = { chainId, channels: contracts.retrievalChannels, client: account.address };
    this.#sent = new SentVouchersFile(join(order.folder, `promised-${spec.channel}.sqlite`), scope);
    const address = parseBulkAddress(provider.bulk);
    if (address === undefined) throw new Error(`no address of shard bytes: ${provider.bulk}`);
    this.#transfer = new BulkTransfer({
      bulk,
      peers: {
        remember: () => undefined,
        bulkAddresses: async function* () {
          yield address;
        },
      },
      chain: view,
      account,
      payer: this.#payer(view),
      clock: systemClock,
      evidence: { keep: ({ what }) => void this.#failures.push(`wrong bytes: ${what}`) },
    });
  }

  static async open(view: ChainView, order: Order, spec: ReaderSpec, stored: Uint8Array): Promise<PayingReader> {
    const identity = await createTlsIdentity(nodeIdentity(newNodeKey()).privateKey);
    return new PayingReader(view, new BulkClient({ identity, dial: dialPolicy('private') }), order, spec, stored);
  }

  /** Connects, agrees on a contract and reads a little. Never throws: what goes wrong is in the outcome. */
  async begin(): Promise<void> {
    await this.#read(FIRST_UNITS);
  }

  /** Reads until the time is over, and pays what is left. Never throws, neither. */
  async run(untilMs: number): Promise<ReaderOutcome> {
    while (performance.now() < untilMs) await this.#read(WINDOW_UNITS);
    await this.#transfer.settle();
    const { channel } = this.#spec;
    const promised = String(this.#sent.promised(BigInt(channel)).amount);
    const timings = { firstMs: this.#firstMs, laterMs: this.#laterMs };
    await this.#bulk.close();
    this.#sent.close();
    const counts = { bytes: this.#bytes, reads: this.#reads, vouchers: this.#vouchers };
    return { channel, ...counts, promised, ...timings, failures: this.#failures };
  }

  async #read(count: number): Promise<void> {
    try {
      const { signal } = new AbortController();
      this.#reader ??= await VerifiedReader.open(this.#access(), this.#holder, { signal });
      await this.#readUnits(this.#reader, count, signal);
    } catch (error) {
      this.#failures.push(messageOf(error));
      this.#reader = undefined;
      // Whatever it is, it is not to fill the memory.
      await systemClock.sleep(AFTER_FAILURE_MS);
    }
  }

  async #readUnits(reader: VerifiedReader, count: number, signal: AbortSignal): Promise<void> {
    const from = randomInt(0, this.#holder.units - count + 1);
    const bytes = await reader.readUnits(from, count, { signal });
    const stored = this.#stored.subarray(from * UNIT_BYTES, (from + count) * UNIT_BYTES);
    if (Buffer.compare(bytes, stored) !== 0) this.#failures.push(`units ${from} to ${from + count - 1} differ`);
    this.#reads += 1;
    reader.release(bytes);
  }

  /** The client's own way to shard bytes, with a look at when the first unit came and at how many turned out right. */
  #access(): ShardAccess {
    const transfer = this.#transfer;
    const first = (ms: number): void => {
      if (this.#firstMs === undefined) this.#firstMs = ms;
      else this.#laterMs.push(ms);
    };
    return {
      unitRoots: (holder, options) => transfer.unitRoots(holder, options),
      readUnits: async function* (holder, from, count, options) {
        const askedMs = performance.now();
        let isFirst = true;
        for await (const block of transfer.readUnits(holder, from, count, options)) {
          if (isFirst) first(performance.now() - askedMs);
          isFirst = false;
          yield block;
        }
      },
      onChecked: (holder, byteLength) => {
        this.#bytes += byteLength;
        transfer.onChecked(holder, byteLength);
      },
      onWrongBytes: (found) => transfer.onWrongBytes(found),
    };
  }

  #payer(view: ChainView): ReadPayer {
    const { deployment } = view;
    const account = privateKeyToAccount(this.#spec.key);
    const channel = { channel: BigInt(this.#spec.channel), deposit: BigInt(this.#spec.deposit) };
    return new ReadPayer(
      {
        client: account.address,
        sent: this.#sent,
        channels: { to: async () => channel, refused: () => undefined, depositOf: async () => channel.deposit },
        ceilingOf: async () => BigInt(this.#order.price),
        nodeOf: ({ provider }) => evmAddress(publicKeyOfPeerId(parsePeerId(provider.peerId))),
        nowS: async () => (await readChainTime(view)).seconds,
        signVoucher: (voucher) => {
          this.#vouchers += 1;
          return signVoucher(account, deployment, voucher);
        },
        verifyVoucher: (voucher, signature, client) => verifyVoucher(deployment, voucher, signature, client),
        hashContract: (contract) => hashRetrievalContract(deployment, contract),
        signContract: (contract) => signRetrievalContract(account, deployment, contract),
        verifyContract: (contract, signature, signer) =>
          verifyRetrievalContract(deployment, contract, signature, signer),
        nonce: () => randomBytes(NONCE_BYTES).readBigUInt64BE(),
        clock: systemClock,
        logger: silentLogger,
      },
      { maxPricePerMiB: undefined },
    );
  }
}
