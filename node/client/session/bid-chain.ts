import { answerBid } from '../../chain/actions/answer-bid.ts';
import { cancelBid } from '../../chain/actions/end-bid.ts';
import { postBid } from '../../chain/actions/post-bid.ts';
import { readBid } from '../../chain/actions/read-bid.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import type { Sender } from '../../chain/tx-sender.ts';
import { to0x } from '../../core/bytes.ts';
import type { BidChain } from '../bid/bid-types.ts';
import type { MarketSession } from './market-session.ts';

/** Bids of a wallet on the chain that a session follows. */
export function bidChain(sender: Sender, market: MarketSession): BidChain {
  return {
    post: async (terms, options) => postBid(sender, { terms }, options),
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
