import type { ChainView } from '../../chain/client.ts';
import { abortable } from '../../chain/abortable.ts';
import { toChainError } from '../../chain/errors.ts';

/** Unix seconds of a block. @throws StowError `chain-unreachable` */
export async function readBlockTime(
  view: ChainView,
  block: bigint,
  options: { signal?: AbortSignal | undefined },
): Promise<number> {
  try {
    return Number((await abortable(view.client.getBlock({ blockNumber: block }), options.signal)).timestamp);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toChainError(error, `read block ${block}`);
  }
}
