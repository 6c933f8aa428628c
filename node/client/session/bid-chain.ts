import { isAddressEqual } from 'viem/utils';

import { abortable } from '../../chain/abortable.ts';
import { answerBid } from '../../chain/actions/answer-bid.ts';
import { cancelBid } from '../../chain/actions/end-bid.ts';
import { postBid } from '../../chain/actions/post-bid.ts';
import { readBid } from '../../chain/actions/read-bid.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import type { MarketIndex } from '../../chain/market-index.ts';
import type { Sender } from '../../chain/tx-sender.ts';
import { to0x } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Address, Hex } from '../../market/messages.ts';
import type { BidChain, Posted } from '../bid/bid-types.ts';
import type { MarketSession } from './market-session.ts';

/** Bids that are looked through at once. */
const PAGE_BIDS = 500;

/** Bids of a wallet on the chain that a session follows. */
export function bidChain(sender: Sender, market: MarketSession): BidChain {
  return {
    async post(terms, options) {
      const { bidId, reserved } = await postBid(sender, { terms }, options);
      return { bidId, reserved };
    },
    async find(objectKey, options) {
      const { client } = market.chain;
      const [mined, pending] = await abortable(
        Promise.all([
          client.getTransactionCount({ address: sender.address, blockTag: 'latest' }),
          client.getTransactionCount({ address: sender.address, blockTag: 'pending' }),
        ]),
        options.signal,
      );
      if (pending > mined) throw underWay(sender.address);
      await market.syncTo((await readChainTime(market.chain, options)).block, options);
      return findBid(market.index, sender.address, to0x(objectKey));
    },
    bid: async (bidId, options) => readBid(market.chain, bidId, options),
    answer: async (bidId, answers, options) => void (await answerBid(sender, { bidId, answers }, options)),
    cancel: async (bidId, options) => void (await cancelBid(sender, { bidId }, options)),
    async taken(objectKey, { newest = false, ...options }) {
      if (newest) await market.syncTo((await readChainTime(market.chain, options)).block, options);
      else await market.sync(options);
      const holders = await market.index.holders(sender.address, to0x(objectKey));
      return holders
        .filter(({ status }) => status === 'active')
        .map(({ id: agreement, shardIndex, provider, pricePerUnitPeriod }) => ({
          agreement,
          shardIndex,
          provider,
          pricePerUnitPeriod,
        }));
    },
  };
}

async function findBid(
  index: Pick<MarketIndex, 'bidsPage'>,
  client: Address,
  objectKey: Hex,
): Promise<Posted | undefined> {
  for (let after = 0n; ;) {
    const page = await index.bidsPage(after, PAGE_BIDS);
    const found = page.find((bid) => isAddressEqual(bid.client, client) && bid.terms.objectKey === objectKey);
    if (found !== undefined) return { bidId: found.bidId, reserved: found.reserved };
    const last = page.at(-1);
    if (last === undefined) return undefined;
    after = last.bidId;
  }
}

function underWay(client: Address): StowError {
  return new StowError({
    code: 'bid-under-way',
    message: `a transaction of ${client} waits to be mined, which may be the one that posts the bid`,
    hint: 'run the same command again in a moment',
    exitCode: ExitCode.tryAgain,
    retryable: true,
  });
}
