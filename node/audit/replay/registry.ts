import { concat, keccak256, zeroHash } from 'viem';

import type { Hex } from '../../market/messages.ts';
import { type ArgsOf, type EventOf, type ReplayContext, unheardOf } from './context.ts';
import type { PriceIndex } from './price-index.ts';
import type { Seeds } from './seeds.ts';

export interface Registration {
  operator: `0x${string}`;
  nodeAddress: `0x${string}`;
  region: number;
  registeredAt: bigint;
  addresses: string;
  /** Unix seconds. */
  voidThrough: bigint;
  /** Units that it may hold. */
  capacity: number;
  placementId: Hex;
}

/** Who the providers are. */
export class Registry {
  readonly #context: ReplayContext;
  readonly #seeds: Seeds;
  readonly #priceIndex: PriceIndex;
  readonly #providers = new Map<number, Registration>();

  constructor(context: ReplayContext, seeds: Seeds, priceIndex: PriceIndex) {
    this.#context = context;
    this.#seeds = seeds;
    this.#priceIndex = priceIndex;
  }

  get count(): number {
    return this.#providers.size;
  }

  all(): [number, Registration][] {
    return [...this.#providers];
  }

  get(provider: number): Registration | undefined {
    return this.#providers.get(provider);
  }

  /** The wallet that a provider's earnings go to, as the ledger's rules name accounts. */
  operatorOf(provider: number): { owner: string } {
    return { owner: this.#providers.get(provider)?.operator ?? `the operator of provider ${provider}` };
  }

  apply(event: EventOf<'nodeRegistry'>): void {
    const { findings } = this.#context;
    const { provider } = event.args;
    const subject = `provider ${provider}`;
    findings.touch(subject);
    if (event.name === 'ProviderRegistered') return this.#register(subject, event.args, event.place.block);
    const record = this.#providers.get(provider);
    findings.event(subject, 'whether it is registered', true, record !== undefined);
    if (record === undefined) return undefined;
    switch (event.name) {
      case 'PlacementAssigned': {
        const { placementId } = event.args;
        findings.event(subject, 'its placement id before', zeroHash, record.placementId);
        const seed = this.#seeds.fixed(record.registeredAt) ?? zeroHash;
        findings.event(subject, 'its placement id', keccak256(concat([record.nodeAddress, seed])), placementId);
        record.placementId = placementId;
        return undefined;
      }
      case 'AddressesUpdated':
        record.addresses = event.args.addresses;
        return undefined;
      case 'CapacityChanged': {
        this.#priceIndex.capacity(record.capacity, event.args.units);
        record.capacity = event.args.units;
        return undefined;
      }
      case 'SignaturesRevoked':
        findings.event(subject, 'whether more is revoked', true, event.args.voidThrough > record.voidThrough);
        record.voidThrough = event.args.voidThrough;
        return undefined;
      default:
        return unheardOf(event);
    }
  }

  #register(subject: string, args: ArgsOf<'nodeRegistry', 'ProviderRegistered'>, registeredAt: bigint): void {
    const { findings, transaction } = this.#context;
    const { provider, operator, nodeAddress, nodePublicKey, region, addresses } = args;
    findings.event(subject, 'its number', this.#providers.size + 1, provider);
    findings.event(subject, 'its node address', `0x${keccak256(nodePublicKey).slice(26)}`, nodeAddress);
    transaction.due(subject, 'registered', 'a bond');
    const empty = { voidThrough: 0n, capacity: 0, placementId: zeroHash };
    this.#providers.set(provider, { operator, nodeAddress, region, registeredAt, addresses, ...empty });
  }
}
