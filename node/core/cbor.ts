import { decode, encode, rfc8949EncodeOptions } from 'cborg';

import { equal } from './bytes.ts';
import { StowError, ExitCode } from './errors.ts';

/**
 * Deterministic CBOR (RFC 8949, section 4.2.1): shortest lengths, map keys in bytewise order of their encoding.
 * Properties that are undefined are left out.
 */
export function encodeCbor(value: unknown): Uint8Array {
  return encode(value, { ...rfc8949EncodeOptions, ignoreUndefinedProperties: true });
}

/**
 * Parses deterministic CBOR and nothing else: every value has one encoding, so bytes can be signed and compared.
 * Throws `bad-cbor` for anything malformed, in another order, with duplicate keys or trailing bytes. The result is
 * still a stranger's: check its shape with a schema.
 */
export function decodeCbor(bytes: Uint8Array): unknown {
  let value: unknown;
  let canonical: Uint8Array;
  try {
    value = decode(bytes, {
      strict: true,
      rejectDuplicateMapKeys: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
    });
    canonical = encodeCbor(value);
  } catch (cause) {
    throw badCbor('is not valid CBOR', cause);
  }
  if (!equal(canonical, bytes)) throw badCbor('is not in deterministic form');
  return value;
}

function badCbor(what: string, cause?: unknown): StowError {
  return new StowError({
    code: 'bad-cbor',
    message: `a CBOR item ${what}`,
    hint: 'the sender is broken, hostile or of another version',
    exitCode: ExitCode.integrity,
    cause,
  });
}
