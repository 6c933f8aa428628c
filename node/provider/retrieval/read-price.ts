import type { Hex } from '../../market/messages.ts';
import type { ReadCeilings } from '../ledger/read-ceilings.ts';

export interface ReadPriceComponents {
  ceilings: Pick<ReadCeilings, 'ofRoot'>;
  chainClock: { readonly head: { readonly period: number } };
  /** What is read of the cache; undefined when nothing is cached. */
  cache: { has(root: Hex): boolean } | undefined;
}

export interface ReadPriceInit {
  /** Token wei for one MiB, of what is held under agreements. */
  price: bigint;
  /** The same of what is cached. */
  cachePrice: bigint;
}

/**
 * What reading a shard costs now, token wei for one MiB: this provider's price, but no more than any agreement over the shard allows. So a price that
 * is raised later holds for later agreements only. Of what is only cached, nothing binds its price.
 */
export function readPriceFor(
  { ceilings, chainClock, cache }: ReadPriceComponents,
  { price, cachePrice }: ReadPriceInit,
): (root: Hex) => bigint {
  return (root) => {
    // As long as a shard may be read after its agreement's end.
    const ceiling = ceilings.ofRoot(root, chainClock.head.period - 1);
    if (ceiling === undefined) return cache?.has(root) === true ? cachePrice : price;
    return price < ceiling ? price : ceiling;
  };
}
