import { isAddressEqual } from 'viem/utils';

import type { StowError } from '../core/errors.ts';
import { bidNonce } from '../market/bid-compatibility.ts';
import type { StorageAgreement } from '../market/messages.ts';
import { MAX_AHEAD_S } from './limits.ts';
import { mismatch, refusal } from './refusals.ts';
import { collateralOf, type StoredReservation } from './reservation.ts';

/** The fields of a stored or signed reservation that an agreement is held against. */
export type HeldShard = Pick<
  StoredReservation,
  'request' | 'root' | 'units' | 'pricePerUnitPeriod' | 'collateralPeriods'
>;

/**
 * Why an agreement must not be signed, or undefined when it is what was reserved and uploaded, at the ask's terms.
 * @param nowS unix seconds of the chain's clock
 */
export function agreementRefusal(agreement: StorageAgreement, held: HeldShard, nowS: number): StowError | undefined {
  return shardRefusal(agreement, held) ?? termsRefusal(agreement, held) ?? deadlineRefusal(agreement.deadline, nowS);
}

function shardRefusal(agreement: StorageAgreement, held: HeldShard): StowError | undefined {
  const { request } = held;
  if (!isAddressEqual(agreement.client, request.client)) return mismatch('client', agreement.client, request.client);
  const pairs: [string, unknown, unknown][] = [
    ['provider', agreement.provider, request.provider],
    ['objectKey', agreement.objectKey, request.objectKey],
    ['shardIndex', agreement.shardIndex, request.shardIndex],
    ['shardRoot', agreement.shardRoot, held.root],
    ['units', agreement.units, held.units],
    ['periods', agreement.periods, request.periods],
    ['askId', agreement.askId, request.askId],
    ['bidId', agreement.bidId, request.bidId],
  ];
  // Who takes an ask chooses the nonce freely.
  if (request.bidId !== 0n) pairs.push(['nonce', agreement.nonce, bidNonce(request.bidId, request.shardIndex)]);
  const wrong = pairs.find(([, given, expected]) => given !== expected);
  return wrong === undefined ? undefined : mismatch(...wrong);
}

/** A client may offer more than the ask; the contract wants collateral in whole periods of the rent that it offers. */
function termsRefusal(agreement: StorageAgreement, held: HeldShard): StowError | undefined {
  const { units, pricePerUnitPeriod: price, collateral } = agreement;
  if (price < held.pricePerUnitPeriod) {
    return refusal(
      'sign-terms',
      `the price ${price} is below the ${held.pricePerUnitPeriod} that ${held.request.bidId === 0n ? 'the ask wants' : 'this provider wants of bids'}`,
      held.request.bidId === 0n ? "offer the ask's price" : 'ask again once the bid pays so much',
    );
  }
  const expected = collateralOf(units, price, held.collateralPeriods);
  if (collateral === expected) return undefined;
  return refusal(
    'sign-terms',
    `the collateral ${collateral} is not ${held.collateralPeriods} periods of rent, ${expected}`,
    'take the collateral that follows from the ask or the bid',
  );
}

function deadlineRefusal(deadline: bigint, nowS: number): StowError | undefined {
  const ahead = deadline - BigInt(nowS);
  if (ahead > 0n && ahead <= BigInt(MAX_AHEAD_S)) return undefined;
  return refusal(
    'sign-deadline',
    `the deadline is ${ahead} seconds from the chain's time; it has to lie 1 to ${MAX_AHEAD_S} ahead`,
    "set it from the timestamp of the chain's latest block",
  );
}
