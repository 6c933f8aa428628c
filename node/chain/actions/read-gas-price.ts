import { type CallOptions, abortable } from '../abortable.ts';
import type { ChainView } from '../client.ts';
import { toChainError } from '../errors.ts';

/** Wei of the chain's coin that one gas costs in the next block or so: what a quote counts with. */
export async function readGasPrice(view: ChainView, options: CallOptions = {}): Promise<bigint> {
  try {
    return await abortable(view.client.getGasPrice(), options.signal);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toChainError(error, 'read the price of gas');
  }
}
