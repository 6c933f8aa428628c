import { providerOfAgreement } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import type { MarketEvent } from '../market-events.ts';
import { shareKey } from '../market-index.ts';

/** Rows that events refer to, by their ids. */
export interface References {
  readonly providers: Set<number>;
  readonly asks: Set<bigint>;
  readonly bids: Set<bigint>;
  readonly agreements: Set<AgreementId>;
  readonly audits: Set<bigint>;
  readonly demands: Set<bigint>;
  readonly shares: Set<string>;
  readonly channels: Set<bigint>;
}

/** All that `applyEvent` may ask for when it applies these events. */
export function referencesOf(events: readonly MarketEvent[]): References {
  const found: References = {
    providers: new Set(),
    asks: new Set(),
    bids: new Set(),
    agreements: new Set(),
    audits: new Set(),
    demands: new Set(),
    shares: new Set(),
    channels: new Set(),
  };
  for (const event of events) collect(found, event);
  return found;
}

function collect(found: References, event: MarketEvent): void {
  switch (event.contract) {
    case 'nodeRegistry':
    case 'collateral':
    case 'possessionProofs':
    case 'reputation':
      if ('provider' in event.args) found.providers.add(event.args.provider);
      return;
    case 'orderBook':
      if ('askId' in event.args) found.asks.add(event.args.askId);
      if ('bidId' in event.args) found.bids.add(event.args.bidId);
      return;
    case 'agreements':
      if ('id' in event.args) addAgreement(found, event.args.id);
      if ('successorId' in event.args) addAgreement(found, event.args.successorId);
      if ('agreement' in event.args) {
        found.providers.add(event.args.agreement.provider);
        found.asks.add(event.args.agreement.askId);
      }
      return;
    case 'audits':
      found.audits.add(event.args.audit);
      found.providers.add(providerOfAgreement(event.args.agreement));
      return;
    case 'demands':
      found.demands.add(event.args.demand);
      return;
    case 'catalog':
      if ('objectKey' in event.args) found.shares.add(shareKey(event.args));
      return;
    case 'retrievalChannels':
      found.channels.add(event.args.channel);
      if ('provider' in event.args) found.providers.add(event.args.provider);
      return;
    case 'escrow':
    case 'randomness':
    case 'priceIndex':
    case 'repairs':
      return;
  }
}

function addAgreement({ agreements, providers }: References, id: AgreementId): void {
  agreements.add(id);
  providers.add(providerOfAgreement(id));
}
