import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Address, SignedOffer, StorageAgreement } from '../../market/messages.ts';
import type { Quote } from '../../market/quote.ts';
import type { Catalogue } from '../catalogue.ts';
import type { MarketView } from '../market-view.ts';
import type { ProgressListener } from '../progress.ts';
import type { ControlPlane, ShardUploader } from './control-plane.ts';
import type { FormAgreements, Formed } from './form.ts';
import type { ProviderFailure, PurchaseTerms } from './plan.ts';

export interface PutComponents {
  market: MarketView;
  control: ControlPlane;
  uploader: ShardUploader;
  /** Puts a signed ask into the book, one transaction each; harmless for one that somebody else has brought meanwhile. */
  bring: (ask: SignedOffer, options: { signal: AbortSignal }) => Promise<void>;
  form: FormAgreements;
  catalogue: Pick<Catalogue, 'put' | 'setState' | 'delete'>;
  owner: {
    address: Address;
    /** Raw X25519, which the envelope is sealed for. */
    publicKey: Uint8Array;
  };
  clock: Pick<Clock, 'nowMs'>;
  logger: Logger;
}

export interface PutInit extends PurchaseTerms {
  /** Normalized. */
  name: string;
  signal: AbortSignal;
  onProgress?: ProgressListener | undefined;
}

export interface PutResult {
  objectKey: Uint8Array;
  name: string;
  plainBytes: number;
  /** What it came to: rent, burn and total as locked on chain. */
  quote: Quote;
  /** Undefined when the agreements were handed on for somebody else to form. */
  formed: Formed | undefined;
  agreements: readonly StorageAgreement[];
  /** Providers that refused or failed on the way and were replaced. */
  replaced: readonly ProviderFailure[];
}
