import { concat, hexToBytes, keccak256 } from 'viem';

import type { Accounts } from './accounts.ts';
import type { Clock } from './clock.ts';
import { need } from './refusal.ts';
import type { Seeds } from './seeds.ts';
import type { Stakes } from './stakes.ts';
import { type Address, type Hex, type Signer, type Undoable, copyRecords } from './types.ts';

const PUBLIC_KEY_BYTES = 64;
const MAX_ADDRESSES_BYTES = 1024;

export interface Provider {
  operator: Address;
  operatorAccount: number;
  region: number;
  registeredAt: number;
  nodeAddress: Address;
  voidThrough: bigint;
  /** Units that it may hold. */
  capacity: number;
  placementId: Hex | undefined;
  addresses: string;
}

export interface Registration {
  /** x || y, 64 bytes when well-formed. */
  publicKey: Hex;
  region: number;
  addresses: string;
  deadline: bigint;
  /** Whose signature of `NodeBinding(operator, region, deadline)` it carries. */
  nodeSigner: Signer;
}

/** INodeRegistry: who the providers are. */
export class Registry implements Undoable {
  readonly #clock: Clock;
  readonly #seeds: Seeds;
  readonly #stakes: Stakes;
  readonly #accounts: Accounts;
  #providers = new Map<number, Provider>();

  constructor(clock: Clock, seeds: Seeds, stakes: Stakes, accounts: Accounts) {
    this.#clock = clock;
    this.#seeds = seeds;
    this.#stakes = stakes;
    this.#accounts = accounts;
  }

  save(): () => void {
    const providers = copyRecords(this.#providers);
    return () => {
      this.#providers = providers;
    };
  }

  register(operator: Address, registration: Registration): void {
    const { publicKey, region, addresses, deadline, nodeSigner } = registration;
    const length = hexToBytes(publicKey).length;
    need(length === PUBLIC_KEY_BYTES, 'NodeRegistry_BadPublicKey', BigInt(length));
    need(BigInt(this.#clock.time) <= deadline, 'NodeRegistry_Expired', deadline, BigInt(this.#clock.time));
    const nodeAddress: Address = `0x${keccak256(publicKey).slice(-40)}`;
    const taken = this.ofNode(nodeAddress);
    need(taken === 0, 'NodeRegistry_NodeKeyTaken', nodeAddress, taken);
    need(nodeSigner === nodeAddress, 'NodeRegistry_BadNodeSignature', nodeSigner, nodeAddress);
    requireShort(addresses);

    const id = this.count + 1;
    this.#stakes.open(id);
    const operatorAccount = this.#accounts.lock('collateral', operator, this.#stakes.bond, 0n);
    this.#stakes.addFree(id, this.#stakes.bond);
    this.#providers.set(id, {
      operator,
      operatorAccount,
      region,
      registeredAt: this.#clock.block,
      nodeAddress,
      voidThrough: 0n,
      capacity: 0,
      placementId: undefined,
      addresses,
    });
  }

  assignPlacement(id: number): void {
    const provider = this.get(id);
    need(provider.placementId === undefined, 'NodeRegistry_PlacementAssigned', id);
    provider.placementId = keccak256(concat([provider.nodeAddress, this.#seeds.fix(provider.registeredAt)]));
  }

  updateAddresses(caller: Address, id: number, addresses: string): void {
    need(this.isAuthorized(id, caller), 'NodeRegistry_NotAuthorized', id, caller);
    requireShort(addresses);
    this.get(id).addresses = addresses;
  }

  revokeSignatures(caller: Address, id: number, voidThrough: bigint): void {
    need(this.isAuthorized(id, caller), 'NodeRegistry_NotAuthorized', id, caller);
    const provider = this.get(id);
    need(voidThrough > provider.voidThrough, 'NodeRegistry_AlreadyRevoked', id, provider.voidThrough);
    provider.voidThrough = voidThrough;
  }

  get count(): number {
    return this.#providers.size;
  }

  get(id: number): Provider {
    const provider = this.#providers.get(id);
    need(provider !== undefined, 'NodeRegistry_UnknownProvider', id);
    return provider;
  }

  ids(): number[] {
    return [...this.#providers.keys()];
  }

  /** Provider of a node key; 0 when none. */
  ofNode(nodeAddress: Address): number {
    for (const [id, provider] of this.#providers) if (provider.nodeAddress === nodeAddress) return id;
    return 0;
  }

  isAuthorized(id: number, caller: Address): boolean {
    const { operator, nodeAddress } = this.get(id);
    return caller === operator || caller === nodeAddress;
  }
}

function requireShort(addresses: string): void {
  const length = Buffer.byteLength(addresses);
  need(length <= MAX_ADDRESSES_BYTES, 'NodeRegistry_AddressesTooLong', BigInt(length), BigInt(MAX_ADDRESSES_BYTES));
}
