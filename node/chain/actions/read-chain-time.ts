import { type CallOptions, abortable } from '../abortable.ts';
import type { ChainView } from '../client.ts';
import { toChainError } from '../errors.ts';

export interface ChainTime {
  block: bigint;
  /** Unix seconds of that block. Deadlines and expiries are compared with this clock, never with the machine's. */
  seconds: number;
}

/** The chain's newest block and its time. */
export async function readChainTime(view: ChainView, options: CallOptions = {}): Promise<ChainTime> {
  try {
    const block = await abortable(view.client.getBlock(), options.signal);
    return { block: block.number, seconds: Number(block.timestamp) };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toChainError(error, "read the chain's time");
  }
}
