import type { Hex } from '../../market/messages.ts';
import type { ReadCeilings } from '../ledger/read-ceilings.ts';

export interface ReadPriceComponents {
  ceilings: Pick<ReadCeilings, 'ofRoot'>;
  chainClock: { readonly head: { readonly period: number } };
}

/**
 * What reading a shard costs now, token wei for one MiB: this provider's price, but no more than any agreement over the shard allows. So a price that
 * is raised later holds for later agreements only.
 */
export function readPriceFor(
  { ceilings, chainClock }: ReadPriceComponents,
  { price }: { price: bigint },
): (root: Hex) => bigint {
  return (root) => {
    // As long as a shard may be read after its agreement's end.
    const ceiling = ceilings.ofRoot(root, chainClock.head.period - 1);
    return ceiling === undefined || price < ceiling ? price : ceiling;
  };
}
