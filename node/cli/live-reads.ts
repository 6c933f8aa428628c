import type { LocalAccount } from 'viem';

import type { LiveOffer } from '../client/retrieval/live-offers.ts';
import type { MarketSession } from '../client/session/market-session.ts';
import { systemClock } from '../core/clock.ts';
import type { MarketNetwork } from './market-network.ts';
import { formatAmount, formatBytes, formatTable } from './format.ts';

export interface LiveReadsComponents {
  readonly market: MarketSession;
  readonly network: MarketNetwork;
  /** Whose allowance and credit are asked for; nobody's when undefined. */
  readonly account: LocalAccount | undefined;
}

/** Asks providers what reads cost now, each once. */
export async function askLiveOffers(
  { market, network, account }: LiveReadsComponents,
  ids: readonly number[],
  options: { signal: AbortSignal },
): Promise<LiveOffer[]> {
  const [{ BulkTransfer }, { collectOffers }] = await Promise.all([
    import('../client/session/bulk-transfer.ts'),
    import('../client/retrieval/live-offers.ts'),
  ]);
  const { bulk, peers } = await network.open();
  // Nothing is read, so nothing can be wrong in it.
  const evidence = { keep: (): void => undefined };
  const transfer = new BulkTransfer({ bulk, peers, chain: market.chain, account, clock: systemClock, evidence });
  const known = await market.providers(ids);
  const providers = [...new Set(ids)].flatMap((id) => known.get(id) ?? []);
  return collectOffers(transfer, providers, options);
}

/** What the providers said, a line each. */
export function liveOffersTable(offers: readonly LiveOffer[]): string {
  return formatTable(
    ['PROVIDER', 'A MIB READ NOW', 'FREE TODAY', 'FREE A DAY', 'ON CREDIT', 'A CONTRACT', 'READS AT ONCE'],
    offers.map((answer) => [String(answer.provider), ...cellsOf(answer)]),
  );
}

/** The most that a cell says of a provider that did not answer. */
const MAX_REASON_CHARS = 100;

function cellsOf(answer: LiveOffer): string[] {
  if (!('offer' in answer)) return ['no answer', '', '', '', '', answer.reason.slice(0, MAX_REASON_CHARS)];
  const { pricePerMiB, freeBytes, freeBytesPerDay, creditBytes, maxContractBytes, maxReads } = answer.offer;
  const isFree = pricePerMiB === 0n;
  const bytes = (count: bigint): string => (isFree ? '' : formatBytes(Number(count)));
  return [
    isFree ? 'free' : formatAmount(pricePerMiB),
    bytes(freeBytes),
    bytes(freeBytesPerDay),
    bytes(creditBytes),
    bytes(maxContractBytes),
    String(maxReads),
  ];
}
