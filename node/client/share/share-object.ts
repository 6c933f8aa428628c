import { zeroAddress } from 'viem';

import type { Share } from '../../chain/actions/share.ts';
import { to0x } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Address } from '../../market/messages.ts';
import { encodePublicShare, sealShare, type ShareDescription } from '../../pipeline/header/share-envelope.ts';
import { subjectOf } from './shared-object.ts';

/** The last instant that the catalogue's 40 bits hold: a share without an end. */
export const NO_END = 2 ** 40 - 1;

export interface ShareWish {
  readonly owner: Address;
  /** Zero for everybody. */
  readonly reader: Address;
  readonly objectKey: Uint8Array;
  /** Unix seconds from which the reader may read no more. */
  readonly until: number;
}

/** The published X25519 key (32 bytes, raw) of a wallet. */
export type KeyOf = (address: Address, options: { signal: AbortSignal }) => Promise<Uint8Array | undefined>;

/**
 * What is refused before anything is asked of anybody.
 * @param nowS unix seconds of the chain
 * @throws StowError `share-with-oneself`, `share-until-past`
 */
export function requireSensible({ owner, reader, until }: Omit<ShareWish, 'objectKey'>, nowS: number): void {
  if (owner === reader) {
    throw new StowError({
      code: 'share-with-oneself',
      message: `${reader} is the wallet whose object it is, and reads it anyway`,
      hint: "give the reader's address: it is told by `stowmarket wallet address` there",
      exitCode: ExitCode.usage,
    });
  }
  if (until <= nowS) {
    throw new StowError({
      code: 'share-until-past',
      message: `${instant(until)} has passed on the chain, where it is ${instant(nowS)} now`,
      hint: 'give a later time, or a time span such as --until 30d; without --until it is shared until it is taken back',
      exitCode: ExitCode.usage,
    });
  }
}

/**
 * The published key of a reader; nothing is needed for everybody.
 * @throws StowError `reader-has-no-key`
 */
export async function requireReaderKey(
  keyOf: KeyOf,
  reader: Address,
  options: { signal: AbortSignal },
): Promise<Uint8Array | undefined> {
  if (reader === zeroAddress) return undefined;
  const key = await keyOf(reader, options);
  if (key !== undefined) return key;
  throw new StowError({
    code: 'reader-has-no-key',
    message: `${reader} has published no key, so nothing can be sealed for it`,
    hint: 'ask it to run `stowmarket wallet publish-key` once, then share again',
    exitCode: ExitCode.notFound,
  });
}

/**
 * The catalogue's entry that lets a reader in: the description sealed for its key, or in the clear for everybody.
 * @throws StowError `reader-key-bad`, `bad-share`
 */
export async function shareOf(
  wish: ShareWish,
  readerKey: Uint8Array | undefined,
  description: ShareDescription,
): Promise<Share> {
  const { reader, until } = wish;
  const objectKey = to0x(wish.objectKey);
  const envelope =
    readerKey === undefined
      ? encodePublicShare(description)
      : await sealShare(readerKey, description, subjectOf({ ...wish, objectKey }));
  return { objectKey, reader, until, envelope: to0x(envelope) };
}

function instant(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
