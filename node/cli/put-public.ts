import { zeroAddress } from 'viem';

import { share } from '../chain/actions/share.ts';
import type { PutResult } from '../client/put/put-types.ts';
import type { PutSource } from '../client/put/source.ts';
import { NO_END, shareOf, type ShareWish } from '../client/share/share-object.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import { storedObject } from '../client/stored-object.ts';
import { fromHex, to0x } from '../core/bytes.ts';
import type { Address } from '../market/messages.ts';
import { newObjectSecret } from '../pipeline/encrypt/frame-key.ts';
import { newObjectKey } from '../pipeline/object-key.ts';
import { shareNow } from './commands/share.ts';
import type { Run } from './program-context.ts';

/** `put --public`: shares what has just been stored with everybody. */
export async function makePublic(
  run: Run,
  session: ClientSession,
  { objectKey, name }: Pick<PutResult, 'objectKey' | 'name'>,
): Promise<void> {
  const { market, catalogue, address } = session;
  try {
    await market.sync({ signal: run.signal });
    const holders = await market.index.holders(address, to0x(objectKey));
    await shareNow(
      run,
      session,
      storedObject(objectKey, catalogue.get(objectKey), holders),
      withEverybody(address, objectKey),
    );
  } catch (error) {
    run.output.warn(
      `${name} is stored, and not public yet: \`stowmarket share ${JSON.stringify(name)} --public\` goes on`,
    );
    throw error;
  }
}

/** What making public costs in gas, wei of the chain's coin. */
export async function publishingWei(
  session: ClientSession,
  { name, source, k, n }: { name: string; source: PutSource; k: number; n: number },
  options: { signal: AbortSignal },
): Promise<bigint> {
  const { kind, mode, mtimeMs: mtime, maxBytes: plainBytes } = source;
  const description = { secret: newObjectSecret(), name, kind, mode, mtime, k, n, plainBytes };
  // Any key costs the same.
  const objectKey = newObjectKey(fromHex(session.address, 20));
  const dry = session.drySender();
  await share(dry, await shareOf(withEverybody(session.address, objectKey), undefined, description), options);
  return dry.costWei(options);
}

function withEverybody(owner: Address, objectKey: Uint8Array): ShareWish {
  return { owner, reader: zeroAddress, objectKey, until: NO_END };
}
