import type { AgreementId } from '../../market/messages.ts';

/** Whom to call for a shard. */
export interface ReachableProvider {
  readonly id: number;
  /** libp2p peer id, base58. */
  readonly peerId: string;
  /** Multiaddrs of last resort from the registry. */
  readonly addresses: readonly string[];
}

/** A provider that the chain names for a shard of an object, or one that has a copy of it. */
export interface Holder {
  shardIndex: number;
  agreement: AgreementId;
  provider: ReachableProvider;
  /** 32 bytes. */
  root: Uint8Array;
  units: number;
  /** Those with the lowest are read first, equals by shard; 0 when undefined. */
  rank?: number | undefined;
  /** It has no agreement over the shard: it owes nobody anything, and is bound to no price but what the holder is. */
  isCache?: boolean | undefined;
}

/** A shard that could not be read, and why. */
export interface ShardFailure {
  shardIndex: number;
  provider: number;
  reason: string;
  /** The bytes were wrong, not merely out of reach. */
  integrity: boolean;
}
