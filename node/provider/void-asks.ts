import { startSeries } from '../chain/actions/start-series.ts';
import type { Hex } from '../market/messages.ts';
import { openOwnProvider, type OwnProviderInit } from './own-provider.ts';

/**
 * Voids every ask that a provider signed so far and that nobody brought, beside a running node or without one.
 * @throws StowError `provider-not-registered`
 */
export async function voidSignedAsks(
  init: OwnProviderInit,
): Promise<{ provider: number; series: number; transaction: Hex }> {
  const { provider, sender } = await openOwnProvider(init);
  const { series, receipt } = await startSeries(sender, { provider }, { signal: init.signal });
  return { provider, series, transaction: receipt.transactionHash };
}
