import { providerOfAgreement } from '../../market/agreement-id.ts';
import type { Address, AgreementId } from '../../market/messages.ts';
import type { ObjectShards } from './object-shards.ts';
import type { RepairChain } from './repair-chain.ts';

/**
 * Whether an operator may take a lost shard: it is not its client, holds no other shard of the object and did not lose this one. The contract only
 * looks at providers; one operator with two shards would be the end of both.
 */
export async function mayTake(
  chain: Pick<RepairChain, 'providerRecord'>,
  operator: Address,
  { shards, lost, client }: { shards: Pick<ObjectShards, 'others'>; lost: AgreementId; client: Address },
  signal: AbortSignal,
): Promise<boolean> {
  const providers = new Set([...shards.others, providerOfAgreement(lost)]);
  const records = await Promise.all([...providers].map(async (id) => chain.providerRecord(id, signal)));
  const taken = [client, ...records.map((record) => record.operator)];
  return !taken.some((address) => address.toLowerCase() === operator.toLowerCase());
}
