import { readChainTime } from '../chain/actions/read-chain-time.ts';
import { ownEnvelope, describedBy, type Unseal } from '../client/get/unseal.ts';
import { findShared } from '../client/share/find-shared.ts';
import { isPublic } from '../client/share/shared-object.ts';
import type { BulkTransfer } from '../client/session/bulk-transfer.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import { shortKey, type StoredObject, titleOf } from '../client/stored-object.ts';
import type { Address } from '../market/messages.ts';
import type { LiveFile } from '../pipeline/pack/replay.ts';
import { type ClientSetup, directoryOf } from './client-setup.ts';
import type { Run } from './program-context.ts';

/** What a get reads, before any provider is asked. */
export interface GetSource {
  readonly object: StoredObject;
  /** The file in it that is wanted, where the object is a segment of the pack. */
  readonly packed?: LiveFile | undefined;
  /** How its shards and its description are read. */
  readonly open: () => Promise<{ access: BulkTransfer; unseal: Unseal }>;
}

/** An object of one's own. @throws StowError `object-unknown`, `object-ambiguous` */
export async function ownSource(
  { output, signal }: Run,
  session: ClientSession,
  setup: ClientSetup,
  reference: string,
): Promise<GetSource> {
  const { object, olderNamesakes, packed } = await directoryOf(session, setup).locate(reference, { signal });
  if (olderNamesakes > 0) {
    const title = packed?.file.name ?? titleOf(object);
    output.talk(
      `${olderNamesakes} older objects are also named ${title}; this is the newest, ${shortKey(object.objectKey)}`,
    );
  }
  return {
    object,
    packed,
    open: async () => {
      const { ownerKey } = await session.wallet();
      return { access: await session.transfer(), unseal: ownEnvelope(ownerKey.privateKey) };
    },
  };
}

/** What an owner shares with this wallet, or with everybody. @throws StowError of `findShared` */
export async function sharedSource(
  { signal }: Run,
  session: ClientSession,
  owner: Address,
  reference: string,
): Promise<GetSource> {
  const { index, chain } = session.market;
  const { seconds: nowS } = await readChainTime(chain, { signal });
  const unlock = async (): Promise<Uint8Array> => (await session.wallet()).ownerKey.privateKey;
  const { object, row, description } = await findShared(
    { index, reader: session.address, unlock, nowS },
    owner,
    reference,
  );
  return {
    object,
    open: async () => ({
      access: isPublic(row) ? await session.publicTransfer() : await session.transfer(),
      unseal: describedBy(description),
    }),
  };
}
