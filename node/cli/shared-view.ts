import { zeroAddress } from 'viem';

import { readChainTime } from '../chain/actions/read-chain-time.ts';
import type { ShareRow } from '../chain/market-index.ts';
import { listShared } from '../client/share/find-shared.ts';
import { isPublic, type SharedObject, standingOf } from '../client/share/shared-object.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import { shortKey } from '../client/stored-object.ts';
import { toHex } from '../core/bytes.ts';
import type { Hex } from '../market/messages.ts';
import { formatBytes, formatTable } from './format.ts';
import type { Run } from './program-context.ts';
import { endOfShare } from './share-text.ts';

/** `ls --shared`: what others share with this wallet. */
export async function showShared(run: Run, session: ClientSession, all: boolean): Promise<void> {
  const { output, signal } = run;
  const { seconds } = await readChainTime(session.market.chain, { signal });
  const shared = await sharedWithWallet(session, seconds, all);
  if (shared.length > 0) return printShared(run, shared);
  output.talk(
    'nothing is shared with this wallet; others can share with it once its key is published: `stowmarket wallet publish-key`',
  );
  return undefined;
}

/**
 * What others share with this wallet.
 * @param all also what was taken back, has ended or is stored no more
 */
export async function sharedWithWallet(session: ClientSession, nowS: number, all: boolean): Promise<SharedObject[]> {
  const unlock = async (): Promise<Uint8Array> => (await session.wallet()).ownerKey.privateKey;
  const shared = await listShared({ index: session.market.index, reader: session.address, unlock, nowS });
  return shared.filter((each) => all || stateOf(each) === 'live' || stateOf(each) === 'closed');
}

export function printShared({ output }: Run, shared: readonly SharedObject[]): void {
  for (const each of shared) output.record(recordOf(each));
  output.text(
    formatTable(
      ['NAME', 'SIZE', 'UNTIL', 'STATE', 'KEY', 'OWNER'],
      shared.map((each) => [
        each.description?.name ?? '(cannot be read)',
        each.description === undefined ? '' : formatBytes(each.description.plainBytes),
        endOfShare(each.row.until) ?? '',
        stateOf(each),
        shortKey(each.object.objectKey),
        each.row.owner,
      ]),
    ),
  );
}

/** `live`: it can be read. `closed`: it could, but its description is not sealed for this wallet's key. `leaving`, `over`: its owner stores it no more. */
function stateOf({ standing, object, description }: SharedObject): string {
  if (standing !== 'stands') return standing;
  if (object.state === 'live' && description === undefined) return 'closed';
  // An object may be shared before it is stored.
  return object.state;
}

function recordOf(shared: SharedObject) {
  const { row, description, object, reason } = shared;
  return {
    type: 'shared-object',
    objectKey: toHex(object.objectKey),
    owner: row.owner,
    name: description?.name,
    kind: description?.kind,
    plainBytes: description?.plainBytes,
    k: description?.k,
    n: description?.n,
    until: endOfShare(row.until),
    state: stateOf(shared),
    reason,
  };
}

/** Whom an object is shared with now. */
export interface Readers {
  readonly public: boolean;
  readonly addresses: readonly string[];
}

const NOBODY: Readers = { public: false, addresses: [] };

/** Whom this wallet's objects are shared with now. */
export async function readersOfObjects(
  session: ClientSession,
  nowS: number,
): Promise<(objectKey: Uint8Array) => Readers> {
  const { index } = session.market;
  const standing = (await index.sharesOf(session.address)).filter((row) => standingOf(row, nowS) === 'stands');
  const byObject = Map.groupBy(standing, ({ objectKey }): Hex => objectKey);
  return (objectKey) => {
    const rows: readonly ShareRow[] | undefined = byObject.get(`0x${toHex(objectKey)}`);
    if (rows === undefined) return NOBODY;
    return {
      public: rows.some(isPublic),
      addresses: rows.map(({ reader }) => reader).filter((reader) => reader !== zeroAddress),
    };
  };
}

/** For a table. */
export function readersText({ public: isOpen, addresses }: Readers): string {
  if (isOpen) return 'everybody';
  return addresses.length === 0 ? '' : `${addresses.length}`;
}
