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

/** An ask that its provider signed off the chain (`contracts/types/SignedAsk.sol`); `unitsLeft` is all that it ever offers. */
export interface SignedAsk {
  readonly ask: Ask;
  /** Makes two asks with the same terms differ. */
  readonly nonce: bigint;
  /** The provider's series at signing; starting a new one voids all of the former. */
  readonly series: number;
}

/** A signed ask with its signature: what travels, and what is brought to the book. */
export interface SignedOffer {
  readonly signed: SignedAsk;
  /** The node key's. */
  readonly signature: Hex;
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

/** What becomes of the shards of a bid that an answer leaves over, by its number on chain (`contracts/types/Bid.sol`). */
export const Rest = { allOrNone: 0, stand: 1, refund: 2 } as const;
export type Rest = (typeof Rest)[keyof typeof Rest];

/** A client's standing order to buy, as on chain (`contracts/types/Bid.sol`). Money in token wei. */
export interface BidTerms {
  readonly objectKey: Hex;
  /** Merkle root over (shard index, shard root); see `shardTree`. */
  readonly shardsRoot: Hex;
  /** Size of each shard. */
  readonly units: number;
  readonly periods: number;
  /** How many shards are wanted. */
  readonly shards: number;
  /** A number of `Rest`. */
  readonly rest: number;
  /** Only providers that declare it (ISO 3166-1 numeric); 0 = any. */
  readonly region: number;
  /** Least score, 1/10,000. */
  readonly minScoreBps: number;
  /** Least collateral, in periods of the agreement's rent. */
  readonly collateralPeriods: number;
  /** Unix seconds from which the bid can no longer be answered. */
  readonly expiry: number;
  /** From the posting until the price is at its ceiling. */
  readonly climbSeconds: number;
  /** Token wei for one unit and period. */
  readonly startPrice: bigint;
  readonly ceiling: bigint;
}

/** A bid that stands in the book. */
export interface Bid {
  readonly terms: BidTerms;
  readonly client: Address;
  /** Unix seconds. */
  readonly postedAt: number;
  /** Shards that nobody holds yet. */
  readonly shardsLeft: number;
}

/** What a client promises for all that it read over a channel so far (`contracts/types/Voucher.sol`), and how it was served. */
export interface Voucher {
  readonly channel: bigint;
  /** Token wei since the channel was opened, the burned part included. */
  readonly amount: bigint;
  readonly readBytes: bigint;
  readonly firstByteMs: number;
  /** Median KiB/s as floor(log2); 0 when too little was read to tell. */
  readonly kibPerSecond: number;
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
  /** The ask that is to be taken; 0 for a shard of a bid. */
  readonly askId: bigint;
  /** The bid that wants the shard; 0 for a shard that takes an ask. */
  readonly bidId: bigint;
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

/** A voucher with its client's signature: what travels, is kept and is redeemed. */
export interface SignedVoucher {
  readonly voucher: Voucher;
  readonly signature: Hex;
}

/** A client's request that a provider agree to the end of a channel. Never goes on chain. */
export interface CloseRequest {
  readonly channel: bigint;
  /** Unix seconds. */
  readonly expiry: bigint;
}

/** What a provider signs to let a channel end at once, with this voucher as the last word (`contracts/types/Voucher.sol`). */
export interface Closing {
  readonly voucher: Voucher;
  /** Unix seconds after which it no longer holds. */
  readonly deadline: bigint;
}

/** What client and provider agree on before bytes are read for money: signed by both, it bounds what either can want. Never goes on chain. */
export interface RetrievalContract {
  /** The channel that pays; it names client and provider. */
  readonly channel: bigint;
  readonly shardRoot: Hex;
  /** Most that is read under it. */
  readonly maxBytes: bigint;
  /** Token wei. */
  readonly pricePerMiB: bigint;
  /** Read under it before anything is paid: what is left of the client's allowance. */
  readonly freeBytes: bigint;
  /** Unix seconds of the chain's clock. */
  readonly deadline: bigint;
  readonly nonce: bigint;
}
