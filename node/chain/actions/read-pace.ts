import { type CallOptions, abortable } from '../abortable.ts';
import type { ChainView } from '../client.ts';
import { toChainError } from '../errors.ts';

/** Blocks over which the chain's pace is taken: enough to even out single slow ones. */
const PACE_BLOCKS = 100n;

/** How fast the chain goes. */
export interface Pace {
  readonly head: bigint;
  /** 0 on a chain of one block. */
  readonly secondsPerBlock: number;
}

/** The newest block, and how long each took of late. @throws StowError `chain-unreachable` */
export async function readPace({ client }: ChainView, options: CallOptions): Promise<Pace> {
  try {
    const { number: head, timestamp } = await abortable(client.getBlock(), options.signal);
    const back = head < PACE_BLOCKS ? head : PACE_BLOCKS;
    if (back === 0n) return { head, secondsPerBlock: 0 };
    const before = await abortable(client.getBlock({ blockNumber: head - back }), options.signal);
    return { head, secondsPerBlock: Number(timestamp - before.timestamp) / Number(back) };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toChainError(error, "read the chain's newest blocks");
  }
}
