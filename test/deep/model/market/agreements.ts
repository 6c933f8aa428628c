import { need } from './refusal.ts';
import { type Address, BPS, type Hex, MAX_UINT32, type Undoable, copyRecords } from './types.ts';

export const STATUSES = ['None', 'Active', 'Kept', 'Failed', 'HandedOver'] as const;
export type Status = (typeof STATUSES)[number];

export interface AgreementParams {
  burnBps: number;
  holdbackBps: number;
  noticePeriods: number;
  minValue: bigint;
}

export interface Agreement {
  id: bigint;
  clientAccount: number;
  startPeriod: number;
  periods: number;
  price: bigint;
  settledPeriods: number;
  provenPeriods: number;
  collateralPeriods: bigint;
  shardIndex: number;
  status: Status;
  openAudits: number;
  /** It answered a bid for a shard that another agreement had held. */
  repair: boolean;
  /** Token wei for a period; the contract reckons it from price and units. */
  rent: bigint;
  /** What is left of its collateral after what was settled; the contract reckons it from the provider's misses. */
  collateral: bigint;
}

/** Proven periods after which a rebuilt shard is taken to be there. */
const REBUILDING_PERIODS = 2;

/** Who rebuilds a lost shard loses nothing to its client before it is there: the others' holders may be that client's friends. */
export function compensates({ repair, provenPeriods }: Agreement): boolean {
  return !repair || provenPeriods > REBUILDING_PERIODS;
}

/** An object's shards are numbered in groups of this many; a group starts only once the one before it has one. */
const GROUP = 4;

/** The records of IAgreements: the agreements themselves, who holds which shard, which nonces are used. */
export class Agreements implements Undoable {
  readonly params: AgreementParams;
  #agreements = new Map<bigint, Agreement>();
  #holders = new Map<string, (bigint | undefined)[]>();
  #nonces = new Set<string>();

  constructor(params: AgreementParams) {
    this.params = params;
  }

  save(): () => void {
    const agreements = copyRecords(this.#agreements);
    const holders = new Map([...this.#holders].map(([object, ids]) => [object, [...ids]]));
    const nonces = new Set(this.#nonces);
    return () => {
      [this.#agreements, this.#holders, this.#nonces] = [agreements, holders, nonces];
    };
  }

  // ---------------------------------------------------------------- records

  put(agreement: Agreement): void {
    this.#agreements.set(agreement.id, agreement);
  }

  all(): Agreement[] {
    return [...this.#agreements.values()];
  }

  isActive(id: bigint): boolean {
    return this.#agreements.get(id)?.status === 'Active';
  }

  active(id: bigint): Agreement {
    const agreement = this.#agreements.get(id);
    const status = agreement?.status ?? 'None';
    need(agreement !== undefined && status === 'Active', 'Agreements_NotActive', id, STATUSES.indexOf(status));
    return agreement;
  }

  // ---------------------------------------------------------------- nonces

  useNonce(signer: Address, nonce: bigint): void {
    need(!this.isNonceUsed(signer, nonce), 'Agreements_NonceUsed', signer, nonce);
    this.#nonces.add(`${signer} ${nonce}`);
  }

  /** Bit i of `mask` stands for nonce 256 `word` + i. */
  revokeNonces(signer: Address, word: bigint, mask: bigint): void {
    for (let bit = 0n; bit < 256n; bit += 1n) {
      if ((mask >> bit) % 2n === 1n) this.#nonces.add(`${signer} ${256n * word + bit}`);
    }
  }

  isNonceUsed(signer: Address, nonce: bigint): boolean {
    return this.#nonces.has(`${signer} ${nonce}`);
  }

  usedNonces(): { signer: Address; nonce: bigint }[] {
    return [...this.#nonces].map((entry) => {
      const [signer, nonce] = entry.split(' ') as [Address, string];
      return { signer, nonce: BigInt(nonce) };
    });
  }

  // ---------------------------------------------------------------- shards of objects

  /** Gives a shard's place to an agreement, whose provider may hold no other live shard of the object. */
  take(client: Address, objectKey: Hex, shardIndex: number, id: bigint): void {
    const ids = this.#idsOf(client, objectKey);
    const provider = providerOf(id);
    for (const [index, held] of ids.entries()) {
      if (held === undefined || !this.isActive(held)) continue;
      need(index !== shardIndex, 'Agreements_ShardTaken', objectKey, shardIndex, held);
      need(providerOf(held) !== provider, 'Agreements_ProviderHoldsShard', provider, objectKey, index);
    }
    const group = Math.floor(shardIndex / GROUP);
    const before = ids.slice(GROUP * (group - 1), GROUP * group);
    const gap = group > 0 && before.every((held) => held === undefined);
    need(!gap, 'Agreements_ShardGap', objectKey, shardIndex);
    while (ids.length <= shardIndex) ids.push(undefined);
    ids[shardIndex] = id;
  }

  holder(client: Address, objectKey: Hex, shardIndex: number): bigint | undefined {
    return this.#idsOf(client, objectKey)[shardIndex];
  }

  objects(): { client: Address; objectKey: Hex; ids: bigint[] }[] {
    return [...this.#holders].map(([object, ids]) => {
      const [client, objectKey] = object.split(' ') as [Address, Hex];
      const padded = Array.from({ length: GROUP * Math.ceil(ids.length / GROUP) }, (_, index) => ids[index] ?? 0n);
      return { client, objectKey, ids: padded };
    });
  }

  // ---------------------------------------------------------------- money

  /** Rounded up: rounding is paid by the mover. */
  burnOf(value: bigint): bigint {
    return (value * BigInt(this.params.burnBps) + BPS - 1n) / BPS;
  }

  /** What is kept to the end of the pay for so many periods. */
  heldBack(rent: bigint, provenPeriods: number): bigint {
    return (rent * BigInt(provenPeriods) * BigInt(this.params.holdbackBps)) / BPS;
  }

  #idsOf(client: Address, objectKey: Hex): (bigint | undefined)[] {
    const object = `${client} ${objectKey}`;
    const ids = this.#holders.get(object) ?? [];
    this.#holders.set(object, ids);
    return ids;
  }
}

export function providerOf(id: bigint): number {
  return Number((id >> 32n) & MAX_UINT32);
}

export function endOf({ startPeriod, periods }: Agreement): number {
  return startPeriod + periods;
}
