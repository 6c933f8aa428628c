import { ExitCode } from '../../core/errors.ts';
import { formatTokens } from '../../market/money.ts';
import type { orderBookAbi } from '../abi/order-book.ts';
import { instant, type SentenceTable } from './sentence.ts';

const OTHER_BID = 'look for another bid: `stowmarket market bids` lists those that stand';

/** What a score of one is on chain. */
const WHOLE_SCORE = 1e18;

/** The bids' part of the order book's errors. */
export const bidSentences = {
  OrderBook_UnknownBid: ([bidId]) => ({
    message: `bid ${bidId} does not exist, or is over`,
    hint: OTHER_BID,
    exitCode: ExitCode.notFound,
  }),
  OrderBook_InvalidBid: ([field]) => ({
    message: `the bid's ${field} is not acceptable`,
    hint: `set ${field} to another value: nothing but region, score floor and climb may be zero, the start price is at most the ceiling, the expiry lies ahead, and the value at the start price reaches the market's least`,
    exitCode: ExitCode.usage,
  }),
  OrderBook_BidExpired: ([bidId, expiry]) => ({
    message: `bid ${bidId} ran out at ${instant(expiry)}`,
    hint: OTHER_BID,
    exitCode: ExitCode.tryAgain,
  }),
  OrderBook_BidNotExpired: ([bidId, expiry]) => ({
    message: `bid ${bidId} stands until ${instant(expiry)}`,
    hint: 'try again after that; its client can cancel it at any time',
    exitCode: ExitCode.tryAgain,
  }),
  OrderBook_NotBidder: ([bidId, caller]) => ({
    message: `${caller} did not post bid ${bidId}`,
    hint: 'use the wallet that posted it',
    exitCode: ExitCode.usage,
  }),
  OrderBook_WrongShardCount: ([bidId, answers, wanted]) => ({
    message: `${answers} answers were given to bid ${bidId}, which wants ${wanted} shards`,
    hint: 'answer at least one shard and at most those that are left; a bid for all or none wants all of them at once',
  }),
  OrderBook_LengthMismatch: ([answers, proofs]) => ({
    message: `${answers} answers came with ${proofs} Merkle proofs`,
    hint: 'give one proof for each answer',
    exitCode: ExitCode.usage,
  }),
  OrderBook_AnswerDiffers: ([bidId, field]) => ({
    message: `the answer's ${field} is not that of bid ${bidId}`,
    hint: 'make the agreement from the bid as it stands on chain',
  }),
  OrderBook_PriceAboveBid: ([bidId, price, bidPrice]) => ({
    message: `bid ${bidId} pays ${formatTokens(bidPrice)} a unit and period now, the answer wants ${formatTokens(price)}`,
    hint: 'wait until its price has climbed so far, or ask for less',
    exitCode: ExitCode.tryAgain,
  }),
  OrderBook_CollateralBelowBid: ([bidId, collateral, least]) => ({
    message: `bid ${bidId} wants a collateral of ${formatTokens(least)}, the answer has ${formatTokens(collateral)}`,
    hint: 'put more collateral behind the agreement',
  }),
  OrderBook_ShardNotWanted: ([bidId, shardIndex, shardRoot]) => ({
    message: `shard ${shardIndex} with root ${shardRoot} is not among those of bid ${bidId}`,
    hint: 'answer with a shard of the bid, and the Merkle proof that it is one',
  }),
  OrderBook_RegionNotWanted: ([bidId, provider, region]) => ({
    message: `bid ${bidId} is for another region than ${region}, which provider ${provider} declares`,
    hint: OTHER_BID,
  }),
  OrderBook_ScoreTooLow: ([bidId, provider, score, least]) => ({
    message: `bid ${bidId} wants a score of ${share(least)}, provider ${provider} has ${share(score)}`,
    hint: OTHER_BID,
  }),
  OrderBook_SelfMatch: ([bidId, provider]) => ({
    message: `bid ${bidId} was posted by the operator of provider ${provider}`,
    hint: 'nobody deals with oneself here: leave the bid to others',
  }),
} as const satisfies Partial<SentenceTable<typeof orderBookAbi>>;

function share(score: bigint): string {
  return (Number(score) / WHOLE_SCORE).toFixed(4);
}
