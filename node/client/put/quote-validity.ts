import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import { readOpeningBlock } from '../../chain/actions/read-opening-block.ts';
import { readPace } from '../../chain/actions/read-pace.ts';
import type { CallOptions } from '../../chain/abortable.ts';
import type { ChainView } from '../../chain/client.ts';
import type { PutQuote } from './quote-put.ts';

/** How long a quote holds. */
export interface Validity {
  /** Blocks left in which pegged asks want the same; undefined when none is pegged. */
  readonly validBlocks: number | undefined;
  /** Seconds: until the first ask runs out, or, at the chain's pace of late, until pegged asks may want another price. */
  readonly validSeconds: number;
}

/** How long the prices of a quote stand: pegged asks to the end of the period, all to their expiry. @throws StowError `chain-*` */
export async function validityOf(view: ChainView, quoted: PutQuote, options: CallOptions): Promise<Validity> {
  const expiry = Math.min(...quoted.shards.map((shard) => shard.expiry)) - quoted.time;
  if (!quoted.shards.some(({ pegged }) => pegged)) return { validBlocks: undefined, validSeconds: expiry };
  const period = await readCurrentPeriod(view, options);
  const [end, pace] = await Promise.all([readOpeningBlock(view, period + 1, options), readPace(view, options)]);
  const validBlocks = Math.max(0, Number(end - pace.head));
  return { validBlocks, validSeconds: Math.min(expiry, Math.floor(validBlocks * pace.secondsPerBlock)) };
}
