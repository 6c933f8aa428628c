import { zeroAddress } from 'viem';

import type { MarketIndex, ShareRow } from '../../chain/market-index.ts';
import { toHex } from '../../core/bytes.ts';
import { ExitCode, isStowError, StowError } from '../../core/errors.ts';
import type { Address } from '../../market/messages.ts';
import type { ShareDescription } from '../../pipeline/header/share-envelope.ts';
import { matchObject } from '../find-object.ts';
import { titleOf } from '../stored-object.ts';
import { isPublic, openSharedObject, type SharedObject } from './shared-object.ts';

export interface SharedSources {
  readonly index: Pick<MarketIndex, 'holders' | 'sharesWith'>;
  /** Zero where there is no wallet: then only what is public is found. */
  readonly reader: Address;
  /** The reader's raw X25519 private key; asked for only when something is sealed. @throws StowError `password-missing`, `keystore-*` */
  readonly unlock: () => Promise<Uint8Array>;
  /** Unix seconds of the chain. */
  readonly nowS: number;
}

/** A share that may be read by now. */
export type ReadableShare = SharedObject & { readonly description: ShareDescription };

/** Everything that others share with this wallet, ended shares among it, newest first. */
export async function listShared(sources: SharedSources): Promise<SharedObject[]> {
  const { index, reader, unlock } = sources;
  const rows = await index.sharesWith(reader);
  return openAll(sources, rows, rows.length === 0 ? undefined : await unlock());
}

/**
 * What an owner shares with this wallet, or with everybody, by its name (of several with it, the newest), its key, or the start of that.
 * @throws StowError `share-unknown`, `share-taken-back`, `share-expired`, `share-closed`, `object-ambiguous`
 */
export async function findShared(sources: SharedSources, owner: Address, reference: string): Promise<ReadableShare> {
  const { index, reader } = sources;
  const open = await index.sharesWith(zeroAddress, owner);
  const sealed = reader === zeroAddress ? [] : await index.sharesWith(reader, owner);
  const privateKey = sealed.length === 0 ? undefined : await unlockUnlessPublic(sources, open);
  const known = await openAll(sources, privateKey === undefined ? open : [...sealed, ...open], privateKey);
  const found =
    match(
      known.filter(({ standing }) => standing === 'stands'),
      reference,
    ) ?? match(known, reference);
  if (found === undefined) throw unknown(owner, reader, reference);
  if (found.standing !== 'stands') throw ended(found);
  const { description } = found;
  if (description === undefined) throw closed(found);
  return { ...found, description };
}

/** A wallet that stays locked only costs what is sealed for it. */
async function unlockUnlessPublic(
  { unlock }: SharedSources,
  open: readonly ShareRow[],
): Promise<Uint8Array | undefined> {
  try {
    return await unlock();
  } catch (error) {
    if (open.length > 0 && isStowError(error, 'password-missing')) return undefined;
    throw error;
  }
}

async function openAll(
  { index, nowS }: SharedSources,
  rows: readonly ShareRow[],
  privateKey: Uint8Array | undefined,
): Promise<SharedObject[]> {
  const opened: SharedObject[] = [];
  for (const row of rows) opened.push(await openSharedObject({ index, privateKey }, row, nowS));
  return opened;
}

/** Of an object that is shared with this wallet and with everybody, one share: the public one, which needs no ticket, while it stands. */
function match(shared: readonly SharedObject[], reference: string): SharedObject | undefined {
  const byKey = new Map<string, SharedObject>();
  for (const each of shared) {
    const key = toHex(each.object.objectKey);
    const other = byKey.get(key);
    if (other === undefined || other.description === undefined || isPublicNow(each)) byKey.set(key, each);
  }
  const found = matchObject(
    [...byKey.values()].map(({ object }) => object),
    reference,
  );
  return found === undefined ? undefined : byKey.get(toHex(found.object.objectKey));
}

function isPublicNow({ row, standing }: SharedObject): boolean {
  return isPublic(row) && standing === 'stands';
}

function unknown(owner: Address, reader: Address, reference: string): StowError {
  const named = JSON.stringify(reference.slice(0, 200));
  return new StowError({
    code: 'share-unknown',
    message:
      reader === zeroAddress
        ? `${owner} shares nothing called ${named} with everybody, and there is no wallet here to look for more`
        : `${owner} shares nothing called ${named} with ${reader}, nor with everybody`,
    hint:
      reader === zeroAddress
        ? 'make a wallet with `stowmarket wallet new`, publish its key with `stowmarket wallet publish-key`, and ask the owner to share it'
        : `ask the owner to run: stowmarket share ${named} --with ${reader}; \`stowmarket ls --shared\` lists what is shared with this wallet`,
    exitCode: ExitCode.notFound,
  });
}

function ended({ row, standing, object }: SharedObject): StowError {
  const title = titleOf(object);
  return new StowError({
    code: standing === 'expired' ? 'share-expired' : 'share-taken-back',
    message:
      standing === 'expired'
        ? `${row.owner} shared ${title} until ${new Date(row.until * 1_000).toISOString()}, which has passed`
        : `${row.owner} shared ${title} and took that back`,
    hint: 'ask the owner to share it again',
    exitCode: ExitCode.notFound,
  });
}

function closed({ row, object, reason }: SharedObject): StowError {
  return new StowError({
    code: 'share-closed',
    message: `${row.owner} shares ${titleOf(object)}, and its description cannot be read: ${reason ?? 'it is sealed for another wallet'}`,
    hint: 'publish your key with `stowmarket wallet publish-key`, then ask the owner to share the object again',
    exitCode: ExitCode.integrity,
  });
}
