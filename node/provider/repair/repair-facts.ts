import type { RepairFacts } from '../../agreements/repair-rule.ts';
import { AgreementStatus } from '../../chain/records.ts';
import { bidNonce } from '../../market/bid-compatibility.ts';
import type { AgreementId } from '../../market/messages.ts';
import type { RepairChain } from './repair-chain.ts';

type Chain = Pick<RepairChain, 'repair' | 'bid' | 'holdersOf' | 'isNonceUsed' | 'agreement'>;

/**
 * Whether the bid for a failed agreement's shard stands, and who has the shard because it answered it: neither the lost agreement nor one that
 * its client formed by itself.
 * @param nowS unix seconds of the chain
 */
export async function readRepairFacts(chain: Chain, nowS: number, lost: AgreementId): Promise<RepairFacts | undefined> {
  const repair = await chain.repair(lost);
  if (repair === undefined) return undefined;
  const { client, objectKey, shardIndex, bidId } = repair;
  const bid = await chain.bid(bidId);
  const facts = { client, objectKey, isOpen: bid !== undefined && nowS < bid.terms.expiry };
  if (bid !== undefined) return { ...facts, winner: undefined };
  const holder = (await chain.holdersOf(client, objectKey))[shardIndex];
  if (holder === undefined || holder === lost) return { ...facts, winner: undefined };
  const [isAnswered, { status, startPeriod }] = await Promise.all([
    chain.isNonceUsed(client, bidNonce(bidId, shardIndex)),
    chain.agreement(holder),
  ]);
  const isWinner = isAnswered && status === AgreementStatus.active;
  return { ...facts, winner: isWinner ? { id: holder, startPeriod } : undefined };
}
