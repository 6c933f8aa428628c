import { randomBytes, randomUUID, scrypt } from 'node:crypto';
import { promisify } from 'node:util';

import { Keystore } from 'ox';
import { z } from 'zod';

import { fromHex, to0x } from '../core/bytes.ts';
import { ExitCode, StowError } from '../core/errors.ts';

/**
 * Format V3 of Ethereum keystores ("Web3 Secret Storage"): scrypt, AES-128-CTR, keccak-256 MAC. Other tools read and write it too.
 */

/** A guess costs half a second and 128 MiB; the original format's light setting (2^12) falls to a graphics card. */
export const MIN_SCRYPT_N = 2 ** 17;
/** A file must not make its reader allocate more than 1 GiB. */
const MAX_SCRYPT_N = 2 ** 20;
const SCRYPT_R = 8;
const SCRYPT_P = 1;
const DERIVED_BYTES = 32;
const SALT_BYTES = 32;
const IV_BYTES = 16;
const KEY_BYTES = 32;

const hexBytes = (length: number): z.ZodString => z.string().regex(new RegExp(`^(?:0x)?[0-9a-fA-F]{${length * 2}}$`));

const keystoreSchema = z.object({
  version: z.literal(3),
  id: z.string(),
  address: z.string().optional(),
  crypto: z.object({
    cipher: z.literal('aes-128-ctr'),
    ciphertext: hexBytes(KEY_BYTES),
    cipherparams: z.object({ iv: hexBytes(IV_BYTES) }),
    mac: hexBytes(32),
    kdf: z.literal('scrypt'),
    kdfparams: z.object({
      dklen: z.literal(DERIVED_BYTES),
      n: z.int().positive(),
      // More of either multiplies memory or time without bound.
      r: z.int().min(SCRYPT_R).max(16),
      p: z.int().min(1).max(8),
      salt: z.string().regex(/^(?:0x)?(?:[0-9a-fA-F]{2}){16,64}$/),
    }),
  }),
});

export type KeystoreFile = z.output<typeof keystoreSchema>;

/** Encrypts a 32-byte key. `address` is written beside it, so that a wallet can be named without its password. */
export async function encryptKey(privateKey: Uint8Array, password: string, address: string): Promise<KeystoreFile> {
  const salt = randomBytes(SALT_BYTES);
  const n = MIN_SCRYPT_N;
  const derived = await derive(password, salt, { n, r: SCRYPT_R, p: SCRYPT_P });
  const { crypto, id, version } = Keystore.encrypt(privateKey, derived, {
    kdf: 'scrypt',
    kdfparams: { dklen: DERIVED_BYTES, n, r: SCRYPT_R, p: SCRYPT_P, salt: Buffer.from(salt).toString('hex') },
    iv: randomBytes(IV_BYTES),
    id: randomUUID(),
  });
  return keystoreSchema.parse({ version, id, address: address.slice(2).toLowerCase(), crypto });
}

/**
 * Decrypts a keystore. Throws `keystore-wrong-password`; a flipped bit in the file looks the same, as only the MAC tells.
 * @param name how messages call the file
 */
export async function decryptKey(keystore: KeystoreFile, password: string, name: string): Promise<Uint8Array> {
  const { kdfparams } = keystore.crypto;
  const derived = await derive(password, fromHex(kdfparams.salt), kdfparams);
  try {
    return Keystore.decrypt(bare(keystore), derived, { as: 'Bytes' });
  } catch (error) {
    throw new StowError({
      code: 'keystore-wrong-password',
      message: `the password does not open keystore ${name}`,
      hint: 'try the password again; if you are sure of it, the file is damaged: restore it from a backup',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
}

/** Reads a keystore's JSON. Throws `keystore-malformed`, `keystore-weak`. */
export function parseKeystore(text: string, name: string): KeystoreFile {
  const parsed = keystoreSchema.safeParse(parseJson(text, name));
  if (!parsed.success) throw malformed(name, z.prettifyError(parsed.error));
  const { n } = parsed.data.crypto.kdfparams;
  if (n < MIN_SCRYPT_N) {
    throw new StowError({
      code: 'keystore-weak',
      message: `keystore ${name} is guarded by scrypt with N = ${n}, which is cheap to guess; at least ${MIN_SCRYPT_N} is asked for`,
      hint: 'export the key with the tool that made the keystore, and import it with `stowmarket wallet import`',
      exitCode: ExitCode.usage,
    });
  }
  if (n > MAX_SCRYPT_N || !Number.isInteger(Math.log2(n)))
    throw malformed(name, `scrypt N = ${n} is not a power of two up to ${MAX_SCRYPT_N}`);
  return parsed.data;
}

const scryptAsync = promisify<string, Uint8Array, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
);

async function derive(
  password: string,
  salt: Uint8Array,
  cost: { n: number; r: number; p: number },
): Promise<`0x${string}`> {
  const { n, r, p } = cost;
  // scrypt holds 128 N r bytes and a little more (RFC 7914, section 2); Node refuses above 32 MiB unless told.
  const maxmem = 128 * n * r + 2 ** 20 * p;
  // Unicode has several spellings of the same text; NFKC is what other tools that write this format use.
  return to0x(await scryptAsync(password.normalize('NFKC'), salt, DERIVED_BYTES, { N: n, r, p, maxmem }));
}

/** As the library wants it: hex without prefix. */
function bare(keystore: KeystoreFile): Keystore.Keystore {
  const { crypto, id, version } = keystore;
  return {
    version,
    id,
    crypto: {
      ...crypto,
      ciphertext: withoutPrefix(crypto.ciphertext),
      mac: withoutPrefix(crypto.mac),
      cipherparams: { iv: withoutPrefix(crypto.cipherparams.iv) },
    },
  };
}

function withoutPrefix(hex: string): string {
  return hex.replace(/^0x/, '');
}

function parseJson(text: string, name: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null) return json;
    // Some tools write `Crypto`: the format never said.
    return Object.fromEntries(Object.entries(json).map(([key, value]) => [key.toLowerCase(), value]));
  } catch {
    // The parser's message quotes the text, which is nobody's business.
    throw malformed(name, 'it is no JSON');
  }
}

function malformed(name: string, detail: string): StowError {
  return new StowError({
    code: 'keystore-malformed',
    message: `${name} is not a keystore of format V3 with scrypt: ${detail}`,
    hint: 'restore it from a backup, or import the key again with `stowmarket wallet import`',
    exitCode: ExitCode.usage,
  });
}
