import { startSeries } from '../chain/actions/start-series.ts';
import type { Hex } from '../market/messages.ts';
import type { OwnProvider } from './own-provider.ts';

/** Voids every ask that a provider signed so far and that nobody brought, beside a running node or without one. */
export async function voidSignedAsks(
  { provider, sender }: OwnProvider,
  { signal }: { signal?: AbortSignal | undefined },
): Promise<{ provider: number; series: number; transaction: Hex }> {
  const { series, receipt } = await startSeries(sender, { provider }, { signal });
  return { provider, series, transaction: receipt.transactionHash };
}
