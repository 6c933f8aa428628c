import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Address } from '../market/messages.ts';
import type { CallOptions } from './abortable.ts';
import type { ChainClient } from './client.ts';

export interface NextNonceInit {
  pollMs: number;
  /** Blocks that transactions left behind by an earlier run get to be mined. */
  waitBlocks: number;
}

/**
 * The nonce for the next transaction of a key. An earlier run may have left transactions behind: they get some blocks to be mined;
 * then they count as stuck, and the next transaction takes the place of the first. Nothing is done twice by that: a replaced transaction
 * never happens, and whoever wanted it looks at the chain's state before asking again.
 */
export async function nextNonce(
  components: { client: ChainClient; clock: Clock; logger: Logger },
  address: Address,
  init: NextNonceInit,
  options: CallOptions,
): Promise<number> {
  const { client, clock, logger } = components;
  const firstBlock = await client.getBlockNumber();
  for (;;) {
    const [mined, pending] = await Promise.all([
      client.getTransactionCount({ address, blockTag: 'latest' }),
      client.getTransactionCount({ address, blockTag: 'pending' }),
    ]);
    if (pending <= mined) return mined;
    if ((await client.getBlockNumber()) - firstBlock >= BigInt(init.waitBlocks)) {
      logger.warn({ mined, pending }, 'transactions of an earlier run are stuck; taking their place');
      return mined;
    }
    await clock.sleep(init.pollMs, options);
  }
}
