import { isAddressEqual } from 'viem/utils';

import type { FailedRule } from './compatibility.ts';
import type { Bid, StorageAgreement } from './messages.ts';
import { formatTokens } from './money.ts';

/** `Compatibility.nonceOf`: the upper bit, the bid, the shard, so that no shard of a bid is taken twice. */
const NONCE_BIT = 1n << 63n;
const SHARD_BITS = 8n;

/** The client's nonce that the agreement for a shard of a bid has. */
export function bidNonce(bidId: bigint, shardIndex: number): bigint {
  return NONCE_BIT | (bidId << SHARD_BITS) | BigInt(shardIndex);
}

/**
 * Names of the conditions of an answer that follow from bid and agreement alone, in the order in which `OrderBook.answerBid` checks
 * them. `AnswerDiffers` stands for seven fields, and names the one.
 */
export type AnswerRule = 'AnswerDiffers' | 'PriceAboveBid' | 'CollateralBelowBid';

/** A condition that an answer does not meet. */
export interface FailedAnswer extends FailedRule<AnswerRule> {
  /** Which field differs, as the contract names it. */
  readonly field?: string;
}

/**
 * Every condition of a bid that an agreement does not meet, in the contract's order: empty when it answers the bid, and otherwise the
 * first is the error that `OrderBook.answerBid` reverts with. The same as `Compatibility.requireAnswers` on chain.
 * @param price what the bid pays now, token wei for one unit and period
 */
export function failedAnswerRules(bid: Bid, bidId: bigint, price: bigint, agreement: StorageAgreement): FailedAnswer[] {
  const failed: FailedAnswer[] = [];
  for (const [field, holds, given, wanted] of fields(bid, bidId, agreement)) {
    const sentence = `its ${field} is ${String(given)}, and the bid's is ${String(wanted)}`;
    if (!holds) failed.push({ rule: 'AnswerDiffers', field, sentence });
  }
  const { pricePerUnitPeriod, units, collateral } = agreement;
  if (pricePerUnitPeriod > price) {
    const sentence = `it wants ${formatTokens(pricePerUnitPeriod)} a unit and period, and the bid pays ${formatTokens(price)} now`;
    failed.push({ rule: 'PriceAboveBid', sentence });
  }
  const least = BigInt(units) * pricePerUnitPeriod * BigInt(bid.terms.collateralPeriods);
  if (collateral < least) {
    const sentence = `its collateral is ${formatTokens(collateral)}, and the bid wants ${formatTokens(least)}`;
    failed.push({ rule: 'CollateralBelowBid', sentence });
  }
  return failed;
}

type Field = [name: string, holds: boolean, given: unknown, wanted: unknown];

function fields({ client, terms }: Bid, bidId: bigint, a: StorageAgreement): Field[] {
  return [
    ['client', isAddressEqual(a.client, client), a.client, client],
    same('bidId', a.bidId, bidId),
    same('askId', a.askId, 0n),
    same('objectKey', a.objectKey.toLowerCase(), terms.objectKey.toLowerCase()),
    same('units', a.units, terms.units),
    same('periods', a.periods, terms.periods),
    same('nonce', a.nonce, bidNonce(bidId, a.shardIndex)),
  ];
}

function same(name: string, given: unknown, wanted: unknown): Field {
  return [name, given === wanted, given, wanted];
}
