import type { PlacementProvider, ShardRequest } from '../market/eligibility.ts';

/** A registered provider with what it takes to reach it. */
export interface KnownProvider extends PlacementProvider {
  /** libp2p peer id, base58; follows from the registered node key. */
  readonly peerId: string;
  /** Declared at registration (ISO 3166-1 numeric), 0 for none. */
  readonly region: number;
  /** EVM address of the node key: whose signature an agreement needs. */
  readonly nodeAddress: `0x${string}`;
  /** Multiaddrs of last resort from the registry. */
  readonly addresses: readonly string[];
}

export interface Balances {
  /** Token wei in the escrow account, free to use. */
  readonly escrow: bigint;
  /** Token wei in the wallet itself. */
  readonly wallet: bigint;
  /** Wei of the chain's own coin, for gas. */
  readonly gas: bigint;
}

/** Constants of the deployment that a price follows from. */
export interface MarketTerms {
  /** Share of the price that is burned at signing, 1/10,000. */
  readonly burnBps: bigint;
  /** Share of each payment that waits for the agreement's end, 1/10,000. */
  readonly holdbackBps: bigint;
  /** Smallest value (price x units x periods) of one agreement, token wei. */
  readonly minValue: bigint;
}

interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** What providers are wanted for. */
export interface ProviderWish extends ShardRequest {
  /** 32 bytes. */
  readonly objectKey: Uint8Array;
  readonly shards: readonly number[];
  /** So many are listed even if they cannot take a shard, for the reasons' sake; where too few can, some always are. */
  readonly others?: number | undefined;
}

export interface FoundProviders {
  /** Those that compete for the shards, and some of the others. */
  readonly providers: readonly KnownProvider[];
  /** Providers that the market has in all. */
  readonly registered: number;
}

/** What a purchase has to know of the market. */
export interface MarketView {
  readonly terms: MarketTerms;
  /** Who could take an object's shards, as of the chain's newest block. */
  providers(wish: ProviderWish, options: CallOptions): Promise<FoundProviders>;
  /** Unix seconds of the chain's newest block. */
  time(options: CallOptions): Promise<number>;
  balances(options: CallOptions): Promise<Balances>;
  /** Wei of the chain's coin per gas. */
  gasPrice(options: CallOptions): Promise<bigint>;
}
