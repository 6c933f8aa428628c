import { AgreementStatus } from '../../chain/records.ts';
import { concat, fromHex } from '../../core/bytes.ts';
import { providerOfAgreement } from '../../market/agreement-id.ts';
import type { Address, AgreementId, Hex } from '../../market/messages.ts';
import { peerIdOfPublicKey } from '../../network/identity.ts';
import type { Holder, ReachableProvider } from '../../transfer/read/holder.ts';
import type { RepairChain } from './repair-chain.ts';

/** An uncompressed public key starts with this byte (SEC 1, 2.3.3); the registry leaves it out. */
const UNCOMPRESSED = Uint8Array.of(4);

type Chain = Pick<
  RepairChain,
  'holdersOf' | 'agreement' | 'rootOf' | 'unitsOf' | 'providerRecord' | 'providerAddresses' | 'peerKey'
>;

/** A shard's place in an object of a client. */
export interface ShardPlace {
  client: Address;
  objectKey: Hex;
  shardIndex: number;
}

/** Who has an object's shards, as far as a repair asks. */
export interface ObjectShards {
  /** The agreement that holds, or held last, the shard in question. */
  holder: AgreementId | undefined;
  /** Providers that have one of the others under a running agreement. */
  others: readonly number[];
  /** The agreements of these, by shard index. */
  agreements: ReadonlyMap<number, AgreementId>;
}

/** One question to the chain for each shard of the object. */
export async function readObjectShards(
  chain: Pick<Chain, 'holdersOf' | 'agreement'>,
  { client, objectKey, shardIndex }: ShardPlace,
  signal: AbortSignal,
): Promise<ObjectShards> {
  const ids = await chain.holdersOf(client, objectKey, signal);
  const others = [...ids.entries()].filter(([index, id]) => index !== shardIndex && id !== 0n);
  const states = await Promise.all(
    others.map(async ([index, id]) => ({ index, id, state: await chain.agreement(id, signal) })),
  );
  const running = states.filter(({ state }) => state.status === AgreementStatus.active);
  return {
    holder: ids[shardIndex],
    others: running.map(({ id }) => providerOfAgreement(id)),
    agreements: new Map(running.map(({ index, id }) => [index, id])),
  };
}

/** Whom to read the others from: what it takes to reach them, and to check their bytes. */
export async function readHolders(
  chain: Pick<Chain, 'rootOf' | 'unitsOf' | 'providerRecord' | 'providerAddresses' | 'peerKey'>,
  { agreements }: Pick<ObjectShards, 'agreements'>,
  signal: AbortSignal,
): Promise<Holder[]> {
  return Promise.all(
    [...agreements].map(async ([shardIndex, agreement]) => {
      const [root, units, provider] = await Promise.all([
        chain.rootOf(agreement, signal),
        chain.unitsOf(agreement, signal),
        readContact(chain, providerOfAgreement(agreement), signal),
      ]);
      return { shardIndex, agreement, provider, root: fromHex(root, 32), units };
    }),
  );
}

async function readContact(
  chain: Pick<Chain, 'providerRecord' | 'providerAddresses' | 'peerKey'>,
  id: number,
  signal: AbortSignal,
): Promise<ReachableProvider> {
  const [{ registeredAt }, addresses] = await Promise.all([
    chain.providerRecord(id, signal),
    chain.providerAddresses(id, signal),
  ]);
  const key = await chain.peerKey(id, registeredAt, signal);
  const peerId = peerIdOfPublicKey(concat(UNCOMPRESSED, fromHex(key, 64))).toString();
  return { id, peerId, addresses };
}
