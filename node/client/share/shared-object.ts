import { zeroAddress } from 'viem';

import type { MarketIndex, ShareRow } from '../../chain/market-index.ts';
import { fromHex } from '../../core/bytes.ts';
import { messageOf } from '../../core/errors.ts';
import type { Address } from '../../market/messages.ts';
import {
  decodePublicShare,
  openShare,
  type ShareDescription,
  type ShareSubject,
} from '../../pipeline/header/share-envelope.ts';
import { normalizeName } from '../object-name.ts';
import { storedObject, type StoredObject } from '../stored-object.ts';

/** `stands`: it may be read now, as far as the share goes. */
export type ShareStanding = 'stands' | 'expired' | 'taken-back';

/** What somebody shares with this wallet, or with everybody. */
export interface SharedObject {
  readonly row: ShareRow;
  readonly standing: ShareStanding;
  /** Undefined when the envelope does not open: `reason` says why. */
  readonly description: ShareDescription | undefined;
  readonly reason: string | undefined;
  /** As its own objects look to its owner: what the chain says, and the description in place of the catalogue's entry. */
  readonly object: StoredObject;
}

export interface SharedObjectSources {
  readonly index: Pick<MarketIndex, 'holders'>;
  /** The reader's raw X25519 private key; without it, only what is public opens. */
  readonly privateKey: Uint8Array | undefined;
}

export function isPublic({ reader }: Pick<ShareRow, 'reader'>): boolean {
  return reader === zeroAddress;
}

/** @param nowS unix seconds of the chain */
export function standingOf({ takenBack, until }: ShareRow, nowS: number): ShareStanding {
  if (takenBack) return 'taken-back';
  return nowS < until ? 'stands' : 'expired';
}

/** Whom a share is from, for whom, and about what, as its envelope is bound to it. */
export function subjectOf({
  owner,
  reader,
  objectKey,
}: Pick<ShareRow, 'owner' | 'reader' | 'objectKey'>): ShareSubject {
  return { owner: bytesOf(owner), reader: bytesOf(reader), objectKey: fromHex(objectKey, 32) };
}

function bytesOf(address: Address): Uint8Array {
  return fromHex(address, 20);
}

/** Opens a share as far as the key goes. What does not open is listed all the same: its reader can be told to ask for it again. */
export async function openSharedObject(
  { index, privateKey }: SharedObjectSources,
  row: ShareRow,
  nowS: number,
): Promise<SharedObject> {
  const opened = await describe(row, privateKey).catch((error: unknown) => messageOf(error));
  const description = typeof opened === 'string' ? undefined : opened;
  const objectKey = fromHex(row.objectKey, 32);
  const entry =
    description === undefined
      ? undefined
      : {
          objectKey,
          name: description.name,
          kind: description.kind,
          plainBytes: description.plainBytes,
          k: description.k,
          n: description.n,
          state: 'stored' as const,
          storedAt: Number(row.sharedAtBlock),
        };
  return {
    row,
    standing: standingOf(row, nowS),
    description,
    reason: typeof opened === 'string' ? opened : undefined,
    object: storedObject(objectKey, entry, await index.holders(row.owner, row.objectKey)),
  };
}

async function describe(row: ShareRow, privateKey: Uint8Array | undefined): Promise<ShareDescription | undefined> {
  const envelope = fromHex(row.envelope);
  let description: ShareDescription;
  if (isPublic(row)) description = decodePublicShare(envelope);
  else if (privateKey === undefined) return undefined;
  else description = await openShare(privateKey, envelope, subjectOf(row));
  // A stranger wrote it, and it becomes a file name here.
  return { ...description, name: normalizeName(description.name) };
}
