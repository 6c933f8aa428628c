import type { PostedAsk, ShardRequest } from '../market/eligibility.ts';
import type { Address, AgreementId, BidTerms, Hex } from '../market/messages.ts';
import type { Standing } from '../market/reputation.ts';
import type { ServiceRecord } from '../market/service.ts';

/** A registered provider, as the chain's events tell. */
export interface ProviderRow extends Standing, ServiceRecord {
  readonly id: number;
  readonly operator: Address;
  readonly nodeAddress: Address;
  /** secp256k1 point x || y, 64 bytes: the peer id follows from it. */
  readonly nodePublicKey: Hex;
  readonly region: number;
  /** Multiaddrs of last resort. */
  readonly addresses: readonly string[];
  /** Undefined until assigned. */
  readonly placementId: Hex | undefined;
  readonly registeredAtBlock: bigint;
  /** Stake in token wei: not locked (the bond is part of it), and behind agreements. */
  readonly free: bigint;
  readonly locked: bigint;
  /** Units that it may hold, and those under its running agreements. */
  readonly capacity: number;
  readonly heldUnits: number;
  /** Failed for good. */
  readonly failed: boolean;
  readonly lastProvenPeriod: number | undefined;
  readonly provenPeriods: number;
  readonly missedPeriods: number;
  /** Audits of its agreements that it answered, and that failed them. */
  readonly auditsAnswered: number;
  readonly auditsFailed: number;
}

/** A bid that stands. */
export interface BidRow {
  readonly bidId: bigint;
  readonly client: Address;
  readonly terms: BidTerms;
  /** Token wei behind each shard. */
  readonly reserved: bigint;
  readonly shardsLeft: number;
}

export type AgreementRowStatus = 'active' | 'kept' | 'failed' | 'handed-over';

/** An agreement, as the chain's events tell. Money in token wei. */
export interface AgreementRow {
  readonly id: AgreementId;
  readonly client: Address;
  readonly provider: number;
  readonly objectKey: Hex;
  readonly shardIndex: number;
  readonly shardRoot: Hex;
  readonly units: number;
  readonly pricePerUnitPeriod: bigint;
  readonly collateral: bigint;
  readonly askId: bigint;
  /** Most that reading costs under it, token wei for one MiB: what its ask said when it was formed; 0 for one that answers a bid, which names no such price. */
  readonly retrievalCeiling: bigint;
  /** First paid period. */
  readonly startPeriod: number;
  /** The term; shorter than signed once notice was given, longer once renewed. */
  readonly periods: number;
  readonly status: AgreementRowStatus;
  /** Periods before this one are settled. */
  readonly settledTo: number;
  readonly provenPeriods: number;
  readonly paid: bigint;
  readonly refunded: bigint;
  readonly heldBack: bigint;
  readonly formedAtBlock: bigint;
  readonly formedInTransaction: Hex;
  /** Whether its client gave notice of it, and did not renew it since. */
  readonly noticed: boolean;
  /** Undefined while active. */
  readonly endedAtBlock: bigint | undefined;
}

/** `voided`: the agreement was over before the audit was. */
export type AuditRowStatus = 'open' | 'answered' | 'failed' | 'voided';

/** A targeted audit of an agreement. */
export interface AuditRow {
  readonly audit: bigint;
  readonly agreement: AgreementId;
  /** Whose bond it is. */
  readonly challenger: Address;
  /** Block whose hash the leaves follow from. */
  readonly openedAt: number;
  /** Last block in which an answer counts. */
  readonly deadline: number;
  /** Token wei. */
  readonly bond: bigint;
  readonly status: AuditRowStatus;
  /** Undefined while open. */
  readonly endedAtBlock: bigint | undefined;
}

/** `voided`: the agreement was over before the demand was. */
export type DemandRowStatus = 'open' | 'shown' | 'failed' | 'voided';

/** A unit that a client demanded on chain. */
export interface DemandRow {
  readonly demand: bigint;
  readonly agreement: AgreementId;
  readonly unit: number;
  /** Last block in which an answer counts. */
  readonly deadline: number;
  /** Token wei. */
  readonly bond: bigint;
  readonly status: DemandRowStatus;
  /** Undefined while open. The unit that was shown is in it. */
  readonly endedInTransaction: Hex | undefined;
}

/** `closing`: its client closes it from one side, and vouchers count until `closesAt`. */
export type ChannelRowStatus = 'open' | 'closing' | 'closed';

/** A deposit behind vouchers for paid reads. Money in token wei. */
export interface ChannelRow {
  readonly channel: bigint;
  readonly client: Address;
  readonly provider: number;
  readonly deposit: bigint;
  /** What the last voucher that was redeemed promises in all. Of it the provider was paid all but the burned part, which stays behind the channel until it is closed. */
  readonly redeemed: bigint;
  /** Bytes that were read over it, as the last voucher that was redeemed has it. */
  readonly readBytes: bigint;
  /** Unix seconds from which it closes by itself. */
  readonly expiry: number;
  /** Unix seconds from which vouchers no longer count; undefined while its client does not close it. */
  readonly closesAt: number | undefined;
  readonly status: ChannelRowStatus;
  readonly openedAtBlock: bigint;
  /** Undefined until it is closed. */
  readonly closedAtBlock: bigint | undefined;
}

/** Most channels of one party that are looked at, the newest: anybody may open channels to a provider, with a deposit behind each. */
export const MAX_CHANNELS_LISTED = 10_000;

/** What an owner shares with somebody, as the chain's events tell. A share that ended stays, so that one can say what became of it. */
export interface ShareRow {
  /** What it is found by; see `shareKey`. */
  readonly key: string;
  readonly owner: Address;
  /** Zero for everybody. */
  readonly reader: Address;
  readonly objectKey: Hex;
  /** Unix seconds from which the reader may read no more. */
  readonly until: number;
  /** The object's description: sealed for the reader's key, or in the clear for everybody. */
  readonly envelope: Hex;
  readonly sharedAtBlock: bigint;
  /** Whether its owner took it back. */
  readonly takenBack: boolean;
}

/** One share for each owner, object and reader: a later one takes the place of an earlier one. */
export function shareKey({ owner, objectKey, reader }: Pick<ShareRow, 'owner' | 'objectKey' | 'reader'>): string {
  return `${owner}:${objectKey}:${reader}`.toLowerCase();
}

/** Most shares of one owner with one reader that are looked at, the newest: whoever writes more only hides its own. */
export const MAX_SHARES_OF_OWNER = 1_000;
/** Most shares that a reader is shown, the newest: anybody may share with anybody, for the gas. */
export const MAX_SHARES_WITH_READER = 10_000;

/**
 * So many of a provider's asks are looked at where all of them might matter. One each for a few regions, sizes and terms makes far fewer; whoever
 * posts more only hides its own.
 */
export const MAX_ASKS_OF_PROVIDER = 64;

/** What an object's shards need, all alike. */
export interface CandidateRequest extends ShardRequest {
  /** 32 bytes. */
  readonly objectKey: Uint8Array;
  /** Indices of the shards to be placed. */
  readonly shards: readonly number[];
  /** What the price index says in this period, token wei for one unit and period. */
  readonly quote: bigint;
}

/** What placement needs to know of a provider, and what it takes to reach one. */
export type CandidateRow = Pick<
  ProviderRow,
  | 'id'
  | 'operator'
  | 'placementId'
  | 'failed'
  | 'free'
  | 'capacity'
  | 'heldUnits'
  | 'nodeAddress'
  | 'nodePublicKey'
  | 'region'
  | 'addresses'
  | keyof Standing
  | keyof ServiceRecord
>;

/** A provider that could take a shard, with its cheapest ask that fits, as it stands in this period. */
export interface Candidate {
  readonly row: CandidateRow;
  readonly asks: readonly PostedAsk[];
}

/** Which asks are listed: those that can be taken now. */
export interface AskQuery {
  /** Unix seconds. */
  readonly time: number;
  /** What the price index says in this period, token wei for one unit and period. */
  readonly quote: bigint;
  /** Units of a shard that must fit; 1 takes any. */
  readonly units: number;
  readonly periods?: number | undefined;
  /** ISO 3166-1 numeric. */
  readonly region?: number | undefined;
  /** Token wei for one unit and period. */
  readonly maxPrice?: bigint | undefined;
  /** Where the page before ended. */
  readonly after?: AskPlace | undefined;
  readonly max: number;
}

/** A place in the list, which is in the order of prices to 15 places, then of ids. */
export interface AskPlace {
  readonly price: number;
  readonly askId: bigint;
}

export interface AskPage {
  /** As they stand in this period. */
  readonly asks: readonly PostedAsk[];
  /** Undefined after the last page. */
  readonly next: AskPlace | undefined;
}

/**
 * The market's state, rebuilt from its events: what provider and client look things up in instead of asking the chain each time. Rows
 * never change; a change makes a new row. The database may be on another machine: what is needed of many is asked for at once.
 */
export interface MarketIndex {
  /** Last block whose events are in; undefined before the first. */
  block(): Promise<bigint | undefined>;
  provider(id: number): Promise<ProviderRow | undefined>;
  /** Those of them that are registered, by id. */
  providers(ids: readonly number[]): Promise<ReadonlyMap<number, ProviderRow>>;
  /** By address of the node key. */
  providerOfNode(nodeAddress: Address): Promise<ProviderRow | undefined>;
  /** All of an operator's, by id. */
  providersOfOperator(operator: Address): Promise<ProviderRow[]>;
  providerCount(): Promise<number>;
  /** At most `max` providers with ids above `after`, by id. */
  providersPage(after: number, max: number): Promise<ProviderRow[]>;
  /** At most `max` providers, newest first. */
  newestProviders(max: number): Promise<ProviderRow[]>;
  /** Those of them that stand or are filled, by id. */
  asks(askIds: readonly bigint[]): Promise<ReadonlyMap<bigint, PostedAsk>>;
  /**
   * The asks of each provider that were not withdrawn and run out last, at most `MAX_ASKS_OF_PROVIDER`; the last to run out first. Who has
   * none is left out.
   */
  asksOf(providers: readonly number[]): Promise<ReadonlyMap<number, readonly PostedAsk[]>>;
  /** The cheapest asks that can be taken, page by page. */
  asksPage(query: AskQuery): Promise<AskPage>;
  /** Who competes for an object's shards: as many as their windows hold, however large the market is. */
  candidates(request: CandidateRequest): Promise<Candidate[]>;
  /** Bids that are neither filled nor closed, by number, those above `after`, at most `max`. Those that have expired stand until somebody closes them. */
  bidsPage(after: bigint, max: number): Promise<BidRow[]>;
  agreement(id: AgreementId): Promise<AgreementRow | undefined>;
  /** Those of them that were formed, by id. */
  agreements(ids: readonly AgreementId[]): Promise<ReadonlyMap<AgreementId, AgreementRow>>;
  /** In the order in which they were formed. */
  agreementsOfClient(client: Address): Promise<AgreementRow[]>;
  agreementsOfProvider(provider: number): Promise<AgreementRow[]>;
  activeAgreementCount(provider: number): Promise<number>;
  /** The latest agreement of each of an object's shards, by shard index. */
  holders(client: Address, objectKey: Hex): Promise<AgreementRow[]>;
  /** The same of all objects that a client has agreements for, live or not, oldest first. */
  objectsOf(client: Address): Promise<ReadonlyMap<Hex, readonly AgreementRow[]>>;
  /** Those of them that were opened, by number. */
  audits(audits: readonly bigint[]): Promise<ReadonlyMap<bigint, AuditRow>>;
  /** Audits of these agreements, in the order in which they were opened. */
  auditsOf(ids: readonly AgreementId[]): Promise<AuditRow[]>;
  /** All that are neither answered nor closed. */
  openAudits(): Promise<AuditRow[]>;
  /** Those of them that were made, by number. */
  demands(demands: readonly bigint[]): Promise<ReadonlyMap<bigint, DemandRow>>;
  /** Demands of units of these agreements, in the order in which they were made. */
  demandsOf(ids: readonly AgreementId[]): Promise<DemandRow[]>;
  /** All that are neither shown nor closed. */
  openDemands(): Promise<DemandRow[]>;
  /** Shares of an owner's object, ended ones among them, in the order in which they were first made. */
  sharesOfObject(owner: Address, objectKey: Hex): Promise<ShareRow[]>;
  /** All shares of an owner, ended ones among them, in the order in which they were first made. */
  sharesOf(owner: Address): Promise<ShareRow[]>;
  /** What is shared with a reader, and of the owner only when one is named; ended ones among them, newest first. Zero as the reader is everybody. */
  sharesWith(reader: Address, owner?: Address): Promise<ShareRow[]>;
  /** Those of them that were opened, by number. */
  channels(channels: readonly bigint[]): Promise<ReadonlyMap<bigint, ChannelRow>>;
  /** Channels that a client opened, closed ones among them, by number; at most `MAX_CHANNELS_LISTED`, the newest. */
  channelsOfClient(client: Address): Promise<ChannelRow[]>;
  /** The same of those to a provider. */
  channelsOfProvider(provider: number): Promise<ChannelRow[]>;
}
