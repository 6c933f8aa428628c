import type { AgreementId } from '../../market/messages.ts';
import type { KnownProvider } from '../market-view.ts';

/** A provider that the chain names for a shard of an object. */
export interface Holder {
  shardIndex: number;
  agreement: AgreementId;
  provider: Pick<KnownProvider, 'id' | 'peerId' | 'addresses'>;
  /** 32 bytes. */
  root: Uint8Array;
  units: number;
}

/** A shard that could not be read, and why. */
export interface ShardFailure {
  shardIndex: number;
  provider: number;
  reason: string;
  /** The bytes were wrong, not merely out of reach. */
  integrity: boolean;
}
