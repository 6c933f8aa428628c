/** 0x-prefixed hex, as the chain's libraries want it. */
export type Hex = `0x${string}`;
/** An EVM address. Compare with `isAddressEqual`, never with `===`: letter case carries a checksum. */
export type Address = `0x${string}`;

/** Agreement id as on chain: provider id in the upper 32 bits, place in the provider's tree in the lower 32. */
export type AgreementId = bigint;

/** A provider's standing order, as on chain (`contracts/types/Ask.sol`). Money in token wei. */
export interface Ask {
  readonly provider: number;
  /** The price of a fixed ask, the floor of a pegged one. */
  readonly pricePerUnitPeriod: bigint;
  readonly unitsLeft: number;
  readonly minUnits: number;
  readonly maxUnits: number;
  /** Unix seconds from which the ask can no longer be taken. */
  readonly expiry: number;
  readonly collateralPeriods: number;
  readonly minPeriods: number;
  readonly maxPeriods: number;
  /** ISO 3166-1 numeric, 0 = undeclared. */
  readonly region: number;
  readonly minClientDeposit: bigint;
  readonly retrievalPricePerMiB: bigint;
  /** Share of the index that a pegged ask wants, 1/10,000; 0 for a fixed one. */
  readonly premiumBps: number;
  /** Highest price of a pegged ask; 0 for a fixed one. */
  readonly ceiling: bigint;
}

/** What client and provider sign (`contracts/types/StorageAgreement.sol`). Money in token wei. */
export interface StorageAgreement {
  readonly client: Address;
  readonly provider: number;
  readonly objectKey: Hex;
  readonly shardIndex: number;
  readonly shardRoot: Hex;
  readonly units: number;
  readonly pricePerUnitPeriod: bigint;
  readonly periods: number;
  readonly collateral: bigint;
  readonly askId: bigint;
  readonly bidId: bigint;
  readonly nonce: bigint;
  /** Unix seconds. */
  readonly deadline: bigint;
}

/** A node key's consent to belong to an operator (`INodeRegistry.register`). */
export interface NodeBinding {
  readonly operator: Address;
  readonly region: number;
  /** Unix seconds. */
  readonly deadline: bigint;
}

/** A client's request that a provider keep room for a shard. Never goes on chain. */
export interface ReserveRequest {
  readonly client: Address;
  readonly provider: number;
  readonly objectKey: Hex;
  readonly shardIndex: number;
  readonly units: number;
  readonly periods: number;
  readonly askId: bigint;
  /** Unix seconds. */
  readonly expiry: bigint;
}

/** A client's permission to read one of its shards from one provider. Never goes on chain. */
export interface ReadTicket {
  readonly client: Address;
  readonly provider: number;
  readonly shardRoot: Hex;
  /** Unix seconds. */
  readonly expiry: bigint;
}
