import { randomBytes } from 'node:crypto';

import { multiaddr } from '@multiformats/multiaddr';
import { z } from 'zod';
import type { HDAccount } from 'viem/accounts';

import * as messages from '../../../../node/agreements/messages.ts';
import { encodeReadTicket } from '../../../../node/agreements/read-ticket.ts';
import { deposit } from '../../../../node/chain/actions/deposit.ts';
import { formAgreements } from '../../../../node/chain/actions/form-agreements.ts';
import { readAsk } from '../../../../node/chain/actions/read-ask.ts';
import { readChainTime } from '../../../../node/chain/actions/read-chain-time.ts';
import { share } from '../../../../node/chain/actions/share.ts';
import { unshare } from '../../../../node/chain/actions/unshare.ts';
import { connectChain, type ChainView } from '../../../../node/chain/client.ts';
import { TxSender } from '../../../../node/chain/tx-sender.ts';
import { signReadTicket, signReserveRequest, verifyAgreement } from '../../../../node/chain/typed-data.ts';
import { fromHex, to0x } from '../../../../node/core/bytes.ts';
import { systemClock } from '../../../../node/core/clock.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { UNIT_BYTES } from '../../../../node/core/units.ts';
import type { Address, AgreementId, Hex, StorageAgreement } from '../../../../node/market/messages.ts';
import { dialPolicy } from '../../../../node/network/address-policy.ts';
import { createHost, type Host } from '../../../../node/network/host.ts';
import { evmAddress, nodeIdentity, parsePeerId, publicKeyOfPeerId } from '../../../../node/network/identity.ts';
import { Rpc } from '../../../../node/network/rpc.ts';
import { ShardCommitment } from '../../../../node/pipeline/merkle/commitment.ts';
import { parseBulkAddress } from '../../../../node/transfer/bulk-address.ts';
import { BulkClient, type BulkPeer } from '../../../../node/transfer/bulk-client.ts';
import { createTlsIdentity } from '../../../../node/transfer/tls-identity.ts';
import { newNodeKey } from '../../network/hosts.ts';
import type { TestChain } from '../../support/chain.ts';
import type { Ready } from './provider-process.ts';

/** A shard that nobody has yet. */
export interface NewShard {
  objectKey: Hex;
  shard: Uint8Array;
  root: Hex;
}

/** A shard on its way, as the client sees it. */
export interface Placed extends NewShard {
  reservationId: string;
}

/** Random bytes of a shard of an object of its own. */
export function newShard(units: number): NewShard {
  const shard = randomBytes(units * UNIT_BYTES);
  const commitment = new ShardCommitment();
  commitment.write(shard);
  return { objectKey: to0x(randomBytes(32)), shard, root: to0x(commitment.finish()) };
}

export interface Signed extends Placed {
  agreement: StorageAgreement;
  signature: Hex;
}

const PERIODS = 180;

/** Speaks the control protocols and bulk transport to one provider, message by message. */
export class TestClient {
  readonly #account: HDAccount;
  readonly #view: ChainView;
  readonly #sender: TxSender;
  readonly #host: Host;
  readonly #rpc: Rpc;
  readonly #bulk: BulkClient;

  private constructor(account: HDAccount, view: ChainView, host: Host, bulk: BulkClient) {
    const components = { view, account, logger: silentLogger, clock: systemClock };
    [this.#account, this.#view, this.#host, this.#bulk] = [account, view, host, bulk];
    this.#sender = new TxSender(components, { pollMs: 100 });
    this.#rpc = new Rpc({ host, logger: silentLogger });
  }

  static async open(chain: TestChain, account: HDAccount): Promise<TestClient> {
    const view = await connectChain({ rpcUrl: chain.rpcUrl, deployments: chain.deploymentsDir });
    const nodeKey = newNodeKey();
    const host = await createHost({ nodeKey, listen: [], mode: 'client', devnet: true, logger: silentLogger });
    const identity = await createTlsIdentity(nodeIdentity(nodeKey).privateKey);
    return new TestClient(account, view, host, new BulkClient({ identity, dial: dialPolicy('private') }));
  }

  async close(): Promise<void> {
    await this.#bulk.close();
    await this.#host.stop();
  }

  async deposit(amount: bigint): Promise<void> {
    await deposit(this.#sender, { amount });
  }

  /** `reserve` and the upload, units 1 … n − 1 first, unit 0 last. */
  async place(ready: Ready, units: number): Promise<Placed> {
    const shard = newShard(units);
    const placed = { ...shard, reservationId: await this.reserve(ready, shard) };
    const stored = await this.#bulk.putShard(bulkPeer(ready), placed.reservationId, inUploadOrder(shard.shard));
    if (to0x(stored.root) !== placed.root) throw new Error('the provider computed another root');
    return placed;
  }

  /** Reserves and sends the first `units` of a shard, and then nothing more; `lost` rejects when the provider is gone. */
  async begin(ready: Ready, shard: NewShard, units: number): Promise<{ lost: Promise<unknown> }> {
    const reservationId = await this.reserve(ready, shard);
    const sent = Promise.withResolvers<void>();
    async function* body(): AsyncGenerator<Uint8Array> {
      let left = units * UNIT_BYTES;
      for await (const block of inUploadOrder(shard.shard)) {
        if (left <= 0) break;
        yield block.subarray(0, left);
        left -= block.byteLength;
      }
      sent.resolve();
      await new Promise(() => undefined);
    }
    const lost = this.#bulk.putShard(bulkPeer(ready), reservationId, body());
    lost.catch(() => undefined);
    await sent.promise;
    return { lost };
  }

  /** Reserves the same again, asks how far the upload is, and sends the rest. */
  async goOn(ready: Ready, shard: NewShard): Promise<{ placed: Placed; from: number }> {
    const reservationId = await this.reserve(ready, shard);
    const { units: from } = await this.#bulk.uploadState(bulkPeer(ready), reservationId);
    const rest = (async function* () {
      let skip = from * UNIT_BYTES;
      for await (const block of inUploadOrder(shard.shard)) {
        if (skip < block.byteLength) yield block.subarray(skip);
        skip = Math.max(0, skip - block.byteLength);
      }
    })();
    const stored = await this.#bulk.putShard(bulkPeer(ready), reservationId, rest, { from });
    if (to0x(stored.root) !== shard.root) throw new Error('the provider computed another root');
    return { placed: { ...shard, reservationId }, from };
  }

  /** Room for one shard. @returns the reservation's id */
  async reserve(ready: Ready, { objectKey, shard }: NewShard): Promise<string> {
    const units = shard.byteLength / UNIT_BYTES;
    const terms = await this.#call(ready, messages.PROTOCOLS.terms, {}, messages.termsResponseSchema);
    const request = {
      client: this.#account.address,
      provider: ready.provider,
      objectKey,
      shardIndex: 0,
      units,
      periods: PERIODS,
      askId: terms.asks[0] ?? 0n,
      bidId: 0n,
      expiry: await this.#in(600),
    };
    const signature = await signReserveRequest(this.#account, this.#view.deployment, request);
    const message = z.encode(messages.reserveMessageSchema, { request, signature });
    const { reservationId } = await this.#call(
      ready,
      messages.PROTOCOLS.reserve,
      message,
      messages.reserveResponseSchema,
    );
    return reservationId;
  }

  async sign(ready: Ready, placed: Placed): Promise<Signed> {
    const { reservationId, objectKey, shard, root } = placed;
    const [askId = 0n] = (await this.#call(ready, messages.PROTOCOLS.terms, {}, messages.termsResponseSchema)).asks;
    const ask = await readAsk(this.#view, askId);
    const units = shard.byteLength / UNIT_BYTES;
    const agreement: StorageAgreement = {
      client: this.#account.address,
      provider: ready.provider,
      objectKey,
      shardIndex: 0,
      shardRoot: root,
      units,
      pricePerUnitPeriod: ask.pricePerUnitPeriod,
      periods: PERIODS,
      collateral: ask.pricePerUnitPeriod * BigInt(units * ask.collateralPeriods),
      askId,
      bidId: 0n,
      nonce: randomBytes(8).readBigUInt64BE(),
      deadline: await this.#in(600),
    };
    const message = z.encode(messages.signMessageSchema, { reservationId, agreement });
    const { signature } = await this.#call(ready, messages.PROTOCOLS.sign, message, messages.signResponseSchema);
    const signer = evmAddress(publicKeyOfPeerId(parsePeerId(ready.peerId)));
    if (!(await verifyAgreement(this.#view.deployment, agreement, signature, signer)))
      throw new Error('signed by somebody else');
    return { ...placed, agreement, signature };
  }

  async form({ agreement, signature }: Signed): Promise<AgreementId> {
    const { ids } = await formAgreements(this.#sender, { agreements: [agreement], providerSignatures: [signature] });
    return ids[0] ?? 0n;
  }

  /** Lets a reader, or with the zero address everybody, read an object of this client; resolves once that is on chain. */
  async share({ objectKey }: Placed, reader: Address): Promise<void> {
    await share(this.#sender, { objectKey, reader, until: Number(await this.#in(600)), envelope: '0x01' });
  }

  async unshare({ objectKey }: Placed, reader: Address): Promise<void> {
    await unshare(this.#sender, { objectKey, reader });
  }

  /** Reads a whole shard back with a ticket of this client, or of another reader, or without one. */
  async read(ready: Ready, { root, shard }: Placed, reader: HDAccount | 'nobody' = this.#account): Promise<Buffer> {
    const header = reader === 'nobody' ? {} : { ticket: await this.#ticket(ready, root, reader) };
    const parts: Uint8Array[] = [];
    const units = shard.byteLength / UNIT_BYTES;
    for await (const part of this.#bulk.readUnits(bulkPeer(ready), fromHex(root), 0, units, header)) parts.push(part);
    return Buffer.concat(parts);
  }

  async #ticket(ready: Ready, root: Hex, reader: HDAccount): Promise<string> {
    const ticket = {
      client: reader.address,
      provider: ready.provider,
      shardRoot: root,
      expiry: await this.#in(600),
    };
    return encodeReadTicket({ ...ticket, signature: await signReadTicket(reader, this.#view.deployment, ticket) });
  }

  async #call<T>(ready: Ready, protocol: string, request: unknown, schema: z.ZodType<T>): Promise<T> {
    const addrs = ready.addresses.map((address) => multiaddr(address));
    const target = { peerId: parsePeerId(ready.peerId), addrs };
    return this.#rpc.call(target, protocol, request, { schema, maxResponseBytes: messages.MAX_MESSAGE_BYTES });
  }

  /** The chain's time in so many seconds. */
  async #in(seconds: number): Promise<bigint> {
    return BigInt((await readChainTime(this.#view)).seconds + seconds);
  }
}

function bulkPeer(ready: Ready): BulkPeer {
  const address = parseBulkAddress(ready.bulk[0] ?? '');
  if (address === undefined) throw new Error('the provider names no bulk address');
  return { peerId: parsePeerId(ready.peerId), address };
}

async function* inUploadOrder(shard: Uint8Array): AsyncGenerator<Uint8Array> {
  const BLOCK = 16 * UNIT_BYTES;
  for (let at = UNIT_BYTES; at < shard.byteLength; at += BLOCK)
    yield shard.subarray(at, Math.min(at + BLOCK, shard.byteLength));
  yield shard.subarray(0, UNIT_BYTES);
}
