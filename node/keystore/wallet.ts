import { getAddress } from 'viem';
import { type PrivateKeyAccount, generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

import { fromHex, to0x } from '../core/bytes.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import { readKeystore, readPasswordFile, requireAbsent, writeNewKeystore } from './keystore-file.ts';
import { decryptKey, encryptKey } from './keystore-format.ts';

const KEY_BYTES = 32;

/** A key that is open in memory. */
export interface UnlockedKey {
  readonly address: `0x${string}`;
  /** Signs transactions, messages and typed data. */
  readonly account: PrivateKeyAccount;
  /** 32 bytes: for the libp2p host, whose identity is the node key. Never to be logged or sent. */
  readonly privateKey: Uint8Array;
}

/** Where the password comes from: itself, the first line of a file, or a question to the user. */
export type PasswordSource =
  { readonly password: string } | { readonly passwordFile: string } | { readonly ask: () => Promise<string> };

/** Creates a new key in a new keystore. Throws `keystore-exists`, `password-empty`. */
export async function createKeystore(path: string, source: PasswordSource): Promise<UnlockedKey> {
  return store(path, source, keyFromHex(generatePrivateKey()));
}

/** Puts an existing key into a new keystore. Throws `key-malformed`, `keystore-exists`, `password-empty`. */
export async function importKeystore(path: string, source: PasswordSource, hexKey: string): Promise<UnlockedKey> {
  return store(path, source, keyFromHex(hexKey));
}

/** Opens a keystore. Throws `keystore-missing`, `keystore-exposed`, `keystore-malformed`, `keystore-weak`, `keystore-wrong-password`. */
export async function openKeystore(path: string, source: PasswordSource): Promise<UnlockedKey> {
  // Looking at the file first: nobody should type a password for one that is not there.
  const keystore = await readKeystore(path);
  const key = keyFromBytes(await decryptKey(keystore, await passwordOf(source), path));
  const named = keystore.address?.replace(/^0x/, '').toLowerCase();
  if (named !== undefined && named !== key.address.slice(2).toLowerCase()) {
    throw new StowError({
      code: 'keystore-malformed',
      message: `${path} says that it holds 0x${named}, and holds ${key.address}`,
      hint: 'somebody changed the file: restore it from a backup',
      exitCode: ExitCode.integrity,
    });
  }
  return key;
}

/** Address of a keystore without opening it; undefined when the file does not say. It is a claim until the keystore is opened. */
export async function addressOfKeystore(path: string): Promise<`0x${string}` | undefined> {
  const { address } = await readKeystore(path);
  return address === undefined ? undefined : getAddress(to0x(fromHex(address, 20)));
}

/** A key given in hex, with or without 0x, as from the environment. Throws `key-malformed`; the message never shows the key. */
export function keyFromHex(hexKey: string): UnlockedKey {
  const text = hexKey.trim().replace(/^0x/i, '');
  if (!/^[0-9a-fA-F]{64}$/.test(text)) throw malformedKey();
  return keyFromBytes(fromHex(text, KEY_BYTES));
}

function keyFromBytes(privateKey: Uint8Array): UnlockedKey {
  let account: PrivateKeyAccount;
  try {
    account = privateKeyToAccount(to0x(privateKey));
  } catch {
    // Zero, or not below the curve's order. The library's message quotes the key: it is left out.
    throw malformedKey();
  }
  // Not enumerable: whoever logs or serializes the object by mistake does not show the key.
  const hidden = { value: privateKey, enumerable: false };
  return Object.freeze(Object.defineProperty({ address: account.address, account, privateKey }, 'privateKey', hidden));
}

async function store(path: string, source: PasswordSource, key: UnlockedKey): Promise<UnlockedKey> {
  await requireAbsent(path);
  const password = await passwordOf(source);
  if (password === '') {
    throw new StowError({
      code: 'password-empty',
      message: 'the password of a keystore must not be empty',
      hint: 'choose a password; a program can read it from a file of mode 600',
      exitCode: ExitCode.usage,
    });
  }
  await writeNewKeystore(path, await encryptKey(key.privateKey, password, key.address));
  return key;
}

async function passwordOf(source: PasswordSource): Promise<string> {
  if ('password' in source) return source.password;
  if ('passwordFile' in source) return readPasswordFile(source.passwordFile);
  return source.ask();
}

function malformedKey(): StowError {
  return new StowError({
    code: 'key-malformed',
    message:
      'the given key is not a private key: 32 bytes in hex (64 digits), above zero and below the order of secp256k1',
    hint: 'check that it was copied whole',
    exitCode: ExitCode.usage,
  });
}
