import { z } from 'zod';
import type { LocalAccount } from 'viem';

import * as messages from '../../agreements/messages.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import type { ChainView } from '../../chain/client.ts';
import { signReserveRequest, verifyAgreement } from '../../chain/typed-data.ts';
import { to0x } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Hex, StorageAgreement } from '../../market/messages.ts';
import type { KnownProvider } from '../market-view.ts';
import type { ControlPlane, Reservation, ReserveWish } from '../put/control-plane.ts';
import { callProvider, type CallProviderComponents } from './call-provider.ts';

/** How far ahead a request for room expires: enough for clocks and queues, within the 15 minutes that providers allow. */
const REQUEST_SECONDS = 10 * 60;

interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface RpcControlComponents extends CallProviderComponents {
  chain: ChainView;
  account: LocalAccount;
}

/** The control protocol over libp2p, signed by the client's wallet. */
export class RpcControl implements ControlPlane {
  readonly #components: RpcControlComponents;

  constructor(components: RpcControlComponents) {
    this.#components = components;
  }

  async reserve(provider: KnownProvider, wish: ReserveWish, options: CallOptions): Promise<Reservation> {
    const { chain, account } = this.#components;
    const { seconds } = await readChainTime(chain, options);
    const request = {
      client: account.address,
      provider: provider.id,
      objectKey: to0x(wish.objectKey),
      shardIndex: wish.shardIndex,
      units: wish.units,
      periods: wish.periods,
      askId: wish.askId,
      bidId: wish.bid?.bidId ?? 0n,
      expiry: BigInt(seconds + REQUEST_SECONDS),
    };
    const signature = await signReserveRequest(account, chain.deployment, request);
    const shard = wish.bid === undefined ? {} : { shard: { root: wish.bid.root, proof: [...wish.bid.proof] } };
    const held = wish.held === undefined ? {} : { held: wish.held };
    const message = z.encode(messages.reserveMessageSchema, { request, signature, ...shard, ...held });
    const answer = await this.#call(
      provider,
      messages.PROTOCOLS.reserve,
      message,
      messages.reserveResponseSchema,
      options,
    );
    const { reservationId: id, bulk, stored } = answer;
    return stored === undefined ? { id, bulk } : { id, bulk, stored };
  }

  async sign(
    provider: KnownProvider,
    reservationId: string,
    agreement: StorageAgreement,
    options: CallOptions,
  ): Promise<Hex> {
    const message = z.encode(messages.signMessageSchema, { reservationId, agreement });
    const { signature } = await this.#call(
      provider,
      messages.PROTOCOLS.sign,
      message,
      messages.signResponseSchema,
      options,
    );
    // One wrong signature would make the whole batch fail on chain.
    if (await verifyAgreement(this.#components.chain.deployment, agreement, signature, provider.nodeAddress))
      return signature;
    throw new StowError({
      code: 'provider-bad-signature',
      message: `provider ${provider.id} gave a signature that is not its node key's over the agreement`,
      hint: 'the provider is faulty; another one takes its place',
      exitCode: ExitCode.integrity,
    });
  }

  async release(provider: KnownProvider, reservationId: string, options: CallOptions): Promise<void> {
    const message = z.encode(messages.releaseMessageSchema, { reservationId });
    await this.#call(provider, messages.PROTOCOLS.release, message, messages.releaseResponseSchema, options);
  }

  async #call<T>(
    provider: KnownProvider,
    protocol: string,
    message: unknown,
    schema: z.ZodType<T>,
    options: CallOptions,
  ): Promise<T> {
    const { MAX_MESSAGE_BYTES: maxResponseBytes } = messages;
    return callProvider(this.#components, provider, { protocol, message, schema, maxResponseBytes }, options);
  }
}
