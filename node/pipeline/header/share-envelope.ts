import { z } from 'zod';

import { decodeCbor, encodeCbor } from '../../core/cbor.ts';
import { utf8 } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { MAX_SHARDS } from '../erasure/code.ts';
import { contentSchema, type EnvelopeContent } from './envelope.ts';
import { hpkeOpen, hpkeSeal } from './hpke.ts';

const SHARE_INFO = utf8('stowmarket/share/v1');

const descriptionSchema = contentSchema.extend({
  k: z.int().min(1).max(MAX_SHARDS),
  n: z.int().min(1).max(MAX_SHARDS),
  plainBytes: z.int().min(0),
});

/** All that a reader needs to know of an object: what its headers say to everybody, and what they hide in the owner's envelope. */
export interface ShareDescription extends EnvelopeContent {
  k: number;
  n: number;
  /** Plaintext bytes; of a folder, those of its tar stream. */
  plainBytes: number;
}

/** What a share is about, as it stands on chain beside its envelope. Addresses have 20 bytes. */
export interface ShareSubject {
  owner: Uint8Array;
  reader: Uint8Array;
  objectKey: Uint8Array;
}

/**
 * Seals an object's description for a reader's X25519 key, bound to owner, reader and object: an envelope that somebody copies into a share of
 * his own does not open. @throws StowError `bad-share`, `reader-key-bad`
 */
export async function sealShare(
  readerKey: Uint8Array,
  description: ShareDescription,
  subject: ShareSubject,
): Promise<Uint8Array> {
  const plain = encodePublicShare(description);
  try {
    return await hpkeSeal(readerKey, plain, { info: SHARE_INFO, aad: subjectAad(subject) });
  } catch (cause) {
    throw new StowError({
      code: 'reader-key-bad',
      message: 'the public key that the reader published is no X25519 key that anything can be sealed for',
      hint: 'ask the reader to publish its key again: stowmarket wallet publish-key',
      exitCode: ExitCode.usage,
      cause,
    });
  }
}

/** Opens an envelope with the reader's raw private key. @throws StowError `share-closed`, `bad-share` */
export async function openShare(
  privateKey: Uint8Array,
  envelope: Uint8Array,
  subject: ShareSubject,
): Promise<ShareDescription> {
  let plain: Uint8Array;
  try {
    plain = await hpkeOpen(privateKey, envelope, { info: SHARE_INFO, aad: subjectAad(subject) });
  } catch (cause) {
    throw new StowError({
      code: 'share-closed',
      message:
        'the envelope of a share does not open with this wallet: it was sealed for another key, or for another object',
      hint: 'publish your key with `stowmarket wallet publish-key`, then ask the owner to share the object again',
      exitCode: ExitCode.integrity,
      cause,
    });
  }
  return decodePublicShare(plain);
}

/** The description in the clear, for what everybody may read: deterministic CBOR. @throws StowError `bad-share` */
export function encodePublicShare(description: ShareDescription): Uint8Array {
  return encodeCbor(checked(description));
}

/** @throws StowError `bad-share` for anything that `encodePublicShare` does not write */
export function decodePublicShare(bytes: Uint8Array): ShareDescription {
  let value: unknown;
  try {
    value = decodeCbor(bytes);
  } catch (cause) {
    throw badShare('it is no deterministic CBOR', cause);
  }
  return checked(value);
}

function checked(value: unknown): ShareDescription {
  const parsed = descriptionSchema.safeParse(value);
  if (!parsed.success) throw badShare(z.prettifyError(parsed.error));
  if (parsed.data.k > parsed.data.n) throw badShare('more shards are needed than there are');
  return parsed.data;
}

function subjectAad({ owner, reader, objectKey }: ShareSubject): Uint8Array {
  return encodeCbor({ owner, reader, objectKey });
}

function badShare(details: string, cause?: unknown): StowError {
  return new StowError({
    code: 'bad-share',
    message: `the description in a share is not one that this version understands: ${details}`,
    hint: 'ask the owner to share the object again; a newer version may have written it',
    exitCode: ExitCode.integrity,
    cause,
  });
}
