import type { CallOptions } from '../abortable.ts';
import { priceIndexAbi } from '../abi/price-index.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** What the price index says one unit costs for a period, in the current period, token wei. */
export async function readQuote(view: ChainView, options: CallOptions = {}): Promise<bigint> {
  return readContract(
    view,
    'read the price index',
    { address: view.deployment.contracts.priceIndex, abi: priceIndexAbi, functionName: 'quote' },
    options,
  );
}
