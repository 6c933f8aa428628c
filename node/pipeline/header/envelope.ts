import { createPrivateKey, createPublicKey } from 'node:crypto';
import { z } from 'zod';

import { assert } from '../../core/assert.ts';
import { decodeCbor, encodeCbor } from '../../core/cbor.ts';
import { concat, utf8 } from '../../core/bytes.ts';
import { StowError, ExitCode } from '../../core/errors.ts';
import { OBJECT_SECRET_BYTES } from '../encrypt/frame-key.ts';
import { hpkeOpen, hpkeSeal } from './hpke.ts';

const ENVELOPE_INFO = utf8('stowmarket/envelope/v1');
/** PATH_MAX of Linux: no file system takes a longer name, and it keeps the envelope far below one unit. */
export const MAX_NAME_BYTES = 4096;
const X25519_KEY_BYTES = 32;
/** DER around a raw X25519 private key (RFC 8410, section 7). A public key ends its DER (section 4). */
const X25519_PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** Fields of a description, as its CBOR map has them. */
export const contentSchema = z.strictObject({
  secret: z.instanceof(Uint8Array).refine((bytes) => bytes.byteLength === OBJECT_SECRET_BYTES),
  name: z.string().refine((name) => Buffer.byteLength(name) <= MAX_NAME_BYTES),
  kind: z.enum(['file', 'tar', 'pack']),
  mode: z.int().min(0).max(0o7777).optional(),
  mtime: z.int().min(0).optional(),
});

/** What only the owner may know of an object. `mode`: POSIX permission bits; `mtime`: milliseconds since the epoch. */
export interface EnvelopeContent {
  secret: Uint8Array;
  name: string;
  kind: 'file' | 'tar' | 'pack';
  mode?: number | undefined;
  mtime?: number | undefined;
}

/** Raw public key (32 bytes) of a raw X25519 private key. */
export function ownerPublicKey(privateKey: Uint8Array): Uint8Array {
  assert(privateKey.byteLength === X25519_KEY_BYTES, 'a raw X25519 private key');
  const der = concat(X25519_PKCS8_PREFIX, privateKey);
  const key = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-X25519_KEY_BYTES);
}

/** Seals `content` for the holder of `recipient`, bound to `aad`; see `hpkeSeal`. @throws StowError `bad-envelope` */
export async function sealEnvelope(
  recipient: Uint8Array,
  content: EnvelopeContent,
  aad: Uint8Array,
): Promise<Uint8Array> {
  const parsed = contentSchema.safeParse(content);
  if (!parsed.success) throw badContent(z.prettifyError(parsed.error));
  return hpkeSeal(recipient, encodeCbor(content), { info: ENVELOPE_INFO, aad });
}

/**
 * Opens an envelope with the owner's raw private key.
 * Throws `envelope-closed` when it was sealed for somebody else, was altered, or belongs to another header.
 */
export async function openEnvelope(
  privateKey: Uint8Array,
  envelope: Uint8Array,
  aad: Uint8Array,
): Promise<EnvelopeContent> {
  let plain: Uint8Array;
  try {
    plain = await hpkeOpen(privateKey, envelope, { info: ENVELOPE_INFO, aad });
  } catch (cause) {
    throw new StowError({
      code: 'envelope-closed',
      message: 'the envelope of a shard does not open with this wallet: it is sealed for another one, or was altered',
      hint: 'check which wallet stored the object; what others share with this one is read with --from',
      exitCode: ExitCode.integrity,
      cause,
    });
  }
  const parsed = contentSchema.safeParse(decodeCbor(plain));
  if (!parsed.success) throw badContent(z.prettifyError(parsed.error));
  return parsed.data;
}

function badContent(details: string): StowError {
  return new StowError({
    code: 'bad-envelope',
    message: `the description of an object is not one that this version understands: ${details}`,
    hint: `names have at most ${MAX_NAME_BYTES} bytes; a newer version may have written it`,
    exitCode: ExitCode.usage,
  });
}
