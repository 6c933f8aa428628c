import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Address, AgreementId, SignedOffer, StorageAgreement } from '../../market/messages.ts';
import type { Quote } from '../../market/quote.ts';
import type { Catalogue } from '../catalogue.ts';
import type { MarketView } from '../market-view.ts';
import type { ProgressListener } from '../progress.ts';
import type { ControlPlane, ShardUploader } from './control-plane.ts';
import type { FormAgreements, Formed } from './form.ts';
import type { ProviderFailure, PurchaseTerms } from './plan.ts';
import type { PutRecord } from './unfinished/put-record.ts';
import type { UnfinishedPuts } from './unfinished/unfinished-puts.ts';

export interface PutComponents {
  market: MarketView;
  control: ControlPlane;
  uploader: ShardUploader;
  /** Puts a signed ask into the book, one transaction each; harmless for one that somebody else has brought meanwhile. */
  bring: (ask: SignedOffer, options: { signal: AbortSignal }) => Promise<void>;
  form: FormAgreements;
  /** Agreement ids of the shards that the chain knows of an object, by shard index; 0n where there is none. */
  holders: (objectKey: Uint8Array, options: { signal: AbortSignal }) => Promise<readonly AgreementId[]>;
  catalogue: Pick<Catalogue, 'put' | 'setState' | 'delete'>;
  unfinished: UnfinishedPuts;
  owner: {
    address: Address;
    /** Raw X25519, which the envelope is sealed for. */
    publicKey: Uint8Array;
    /** Raw X25519: opens what an earlier process sealed. */
    privateKey: Uint8Array;
  };
  clock: Pick<Clock, 'nowMs' | 'sleep' | 'monotonicMs'>;
  logger: Logger;
}

export interface PutInit extends PurchaseTerms {
  /** Normalized. */
  name: string;
  /** Shards to start beyond n, at most `MAX_SPARES`: the first n that are stored are kept. 0 when absent. */
  spares?: number | undefined;
  /** Key of the object, where something else follows from it; a new one when absent. */
  objectKey?: Uint8Array | undefined;
  /** Absolute path of a file or folder, by which an unfinished put is found again. */
  path?: string | undefined;
  /** Goes on with this put that an earlier process left; k, n, periods, spares and name are then those of that put. */
  resume?: PutRecord | undefined;
  signal: AbortSignal;
  onProgress?: ProgressListener | undefined;
}

export interface PutResult {
  objectKey: Uint8Array;
  name: string;
  plainBytes: number;
  /** What it came to: rent, burn and total as locked on chain. */
  quote: Quote;
  /** Undefined when the agreements were handed on for somebody else to form; only the ids when an earlier process had sent the transaction. */
  formed: (Pick<Formed, 'ids'> & Partial<Formed>) | undefined;
  agreements: readonly StorageAgreement[];
  /** Providers that refused or failed on the way and were replaced. */
  replaced: readonly ProviderFailure[];
}
