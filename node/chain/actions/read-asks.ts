import type { Ask } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { orderBookAbi } from '../abi/order-book.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** About 20 words an ask: 500 of them make 320 kB, well inside what nodes answer, and 1.2M gas of `eth_call`. */
const PAGE_ASKS = 500;

export interface PostedAsk {
  askId: bigint;
  ask: Ask;
}

/**
 * One page of the order book, in order of ids from `from` (the first is 1n). Cancelled asks come as all zero, so that the place in the
 * page always gives the id.
 */
export async function readAsksPage(
  view: ChainView,
  page: { from: bigint; max: number },
  options: CallOptions = {},
): Promise<readonly Ask[]> {
  return readContract(
    view,
    `read asks from ${page.from}`,
    {
      address: view.deployment.contracts.orderBook,
      abi: orderBookAbi,
      functionName: 'asksPage',
      args: [page.from, BigInt(page.max)],
    },
    options,
  );
}

/** Number of asks ever posted; their ids are 1n to this. */
export async function readAskCount(view: ChainView, options: CallOptions = {}): Promise<bigint> {
  return readContract(
    view,
    'count the asks',
    { address: view.deployment.contracts.orderBook, abi: orderBookAbi, functionName: 'askCount' },
    options,
  );
}

/** Every ask that has a price and units left, whatever its expiry. */
export async function readAsks(view: ChainView, options: CallOptions = {}): Promise<PostedAsk[]> {
  const count = await readAskCount(view, options);
  const live: PostedAsk[] = [];
  for (let from = 1n; from <= count; from += BigInt(PAGE_ASKS)) {
    const page = await readAsksPage(view, { from, max: PAGE_ASKS }, options);
    for (const [offset, ask] of page.entries()) {
      if (ask.pricePerUnitPeriod > 0n && ask.unitsLeft > 0) live.push({ askId: from + BigInt(offset), ask });
    }
  }
  return live;
}
