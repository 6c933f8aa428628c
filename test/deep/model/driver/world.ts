import { type Agreement, endOf, providerOf } from '../market/agreements.ts';
import type { Market } from '../market/market.ts';
import type { Ask, SignedAsk } from '../market/order-book.ts';
import { AlikeShard } from '../market/shards.ts';
import { FAILED } from '../market/stakes.ts';
import type { Session } from '../market/sessions.ts';
import type { Address, Hex, Signature } from '../market/types.ts';
import { type ContractName } from './chain.ts';
import { type Key, keyOf, sign } from './keys.ts';
import type { Random } from './random.ts';
import type { TypedData } from './typed-data.ts';

const NONCES = 700n;
/** A signature of the wrong length, which recovers to nobody. */
export const NO_SIGNATURE: Signature = { bytes: '0x', signer: undefined };

export interface Messages {
  registry: TypedData;
  orderBook: TypedData;
  agreements: TypedData;
  channels: TypedData;
  token: TypedData;
}

/** Everybody who takes part, and what they made: shards, objects, signatures. Reads the model to choose well. */
export class World {
  readonly random: Random;
  readonly market: Market;
  readonly messages: Messages;
  readonly clients: readonly Address[];
  readonly operators: readonly Address[];
  /** Has tokens and allowed the escrow nothing. */
  readonly cautious: Address;
  /** Has nothing at all. */
  readonly stranger: Address;
  readonly addressOf: (contract: ContractName) => Address;
  readonly shards = new Map<Hex, AlikeShard>();
  /** Asks that were signed off the chain, brought or not. */
  readonly signedAsks: SignedAsk[] = [];
  /** Object keys by client. */
  readonly objects = new Map<Address, Hex[]>();
  readonly #keys: Map<Address, Key>;
  #made = 0;

  constructor(init: {
    random: Random;
    market: Market;
    messages: Messages;
    clients: readonly Key[];
    operators: readonly Key[];
    wallets: { client: Address; operator: Address };
    cautious: Key;
    stranger: Key;
    addressOf: (contract: ContractName) => Address;
  }) {
    this.random = init.random;
    this.market = init.market;
    this.messages = init.messages;
    this.clients = [...init.clients.map(({ address }) => address), init.wallets.client];
    this.operators = [...init.operators.map(({ address }) => address), init.wallets.operator];
    this.cautious = init.cautious.address;
    this.stranger = init.stranger.address;
    this.addressOf = init.addressOf;
    const keys = [...init.clients, ...init.operators, init.cautious, init.stranger];
    this.#keys = new Map(keys.map((key) => [key.address, key]));
  }

  // ---------------------------------------------------------------- making things

  newKey(): Key {
    const key = keyOf(this.#fresh('key'));
    this.#keys.set(key.address, key);
    return key;
  }

  publicKeyOf(address: Address): Hex {
    const key = this.#keys.get(address);
    if (key === undefined) throw new Error(`nobody has the key of ${address}`);
    return key.publicKey;
  }

  newShard(units: number): AlikeShard {
    const shard = new AlikeShard(this.#fresh('shard'), units);
    this.shards.set(shard.root, shard);
    return shard;
  }

  newObject(client: Address): Hex {
    const objectKey: Hex = `0x${this.#fresh('object').toString('hex')}`;
    this.objects.set(client, [...(this.objects.get(client) ?? []), objectKey]);
    return objectKey;
  }

  freshNonce(signer: Address): bigint {
    let nonce = this.random.big(0n, NONCES - 1n);
    while (this.market.agreements.isNonceUsed(signer, nonce)) nonce += 1n;
    return nonce;
  }

  /** Seconds from which a message no longer holds. */
  deadline(): bigint {
    return BigInt(this.market.clock.time + this.random.int(0, 400));
  }

  /** An account's signature of a digest; a contract wallet's is its owner's. */
  sign(account: Address, digest: Hex): Signature {
    const signer = this.market.wallets.get(account) ?? account;
    const key = this.#keys.get(signer);
    if (key === undefined) throw new Error(`nobody has the key of ${signer}`);
    return { bytes: sign(key, digest), signer };
  }

  /** A signature that does not count for `account`. */
  signWrongly(account: Address, digest: Hex): Signature {
    const flaw = this.random.int(0, 2);
    if (flaw === 0) return NO_SIGNATURE;
    if (flaw === 1) return { bytes: this.sign(account, this.messages.token.digest(digest)).bytes, signer: undefined };
    return this.sign(this.stranger, digest);
  }

  // ---------------------------------------------------------------- choosing

  anybody(): Address {
    return this.random.pick([...this.clients, ...this.operators, this.cautious, this.stranger]);
  }

  /** A session that could pay for something, of `owner` or of anybody; that of the contract, which asks for repairs only, is none. */
  session(owner?: Address): Session | undefined {
    const { clock, repairs, sessions } = this.market;
    const live = sessions
      .all()
      .filter(
        ({ expiry, key, owner: of }) => expiry > clock.time && (owner ?? of) === of && key !== repairs.params.contract,
      );
    return this.random.maybe(live);
  }

  /** Who asks for what `owner` pays: mostly the owner; else a session key, or somebody who is none. */
  keyFor(owner: Address): Address {
    if (this.random.chance(0.7)) return owner;
    return this.session(owner)?.key ?? (this.random.chance(0.2) ? this.anybody() : owner);
  }

  /** Operator or node key. */
  agentOf(provider: number): Address {
    const { operator, nodeAddress } = this.market.registry.get(provider);
    return this.random.chance(0.6) ? nodeAddress : operator;
  }

  provider(): number | undefined {
    return this.random.maybe(this.market.registry.ids());
  }

  /** Providers that can take agreements. */
  healthy(): number[] {
    const { registry, stakes } = this.market;
    return registry.ids().filter((id) => stakes.get(id).strikes !== FAILED);
  }

  active(): Agreement[] {
    return this.market.agreements.all().filter(({ status }) => status === 'Active');
  }

  /** Live agreements whose term is running and whose provider has not failed. */
  running(): Agreement[] {
    const { clock, stakes } = this.market;
    return this.active().filter(
      (agreement) => clock.period < endOf(agreement) && !stakes.hasFailed(providerOf(agreement.id)),
    );
  }

  clientOf(agreement: Agreement): Address {
    return this.market.accounts.ownerOf(agreement.clientAccount);
  }

  /** The object that an agreement's shard belongs to. */
  objectOf(agreement: Agreement): Hex {
    const client = this.clientOf(agreement);
    const { agreements } = this.market;
    const found = this.objects
      .get(client)
      ?.find((objectKey) => agreements.holder(client, objectKey, agreement.shardIndex) === agreement.id);
    if (found === undefined) throw new Error(`agreement ${agreement.id} belongs to no object`);
    return found;
  }

  liveAsks(provider: number): [bigint, Ask][] {
    const { book, clock } = this.market;
    return [...book.open()].filter(([, ask]) => ask.provider === provider && ask.expiry > clock.time);
  }

  #fresh(kind: string): Buffer {
    this.#made += 1;
    return this.random.bytes(`${kind}/${this.#made}`);
  }
}
