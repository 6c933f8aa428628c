import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** The series that a provider's signed asks have to name. */
export async function readSeries(view: ChainView, provider: number, options: CallOptions = {}): Promise<number> {
  return readContract(
    view,
    `read the series of provider ${provider}`,
    { address: view.deployment.contracts.orderBook, abi: orderBookAbi, functionName: 'seriesOf', args: [provider] },
    options,
  );
}
