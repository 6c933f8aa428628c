import { decode, encode } from 'cborg';

import { equal } from '../core/bytes.ts';
import { messageOf, StowError } from '../core/errors.ts';

/** Everything that gives one value two encodings, or one encoding two values, is refused. */
const STRICT = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
  rejectDuplicateMapKeys: true,
} as const;

/**
 * Canonical CBOR: shortest integers, definite lengths, string keys sorted by length and then by bytes (RFC 7049 section 3.9),
 * no tags. Properties that are undefined are left out.
 */
export function encodeCanonical(value: unknown): Uint8Array {
  return encode(value, { ignoreUndefinedProperties: true });
}

/**
 * Reads exactly one canonical CBOR item. The value is not validated further: give it to a schema.
 * @throws StowError `cbor-malformed`, also for valid CBOR that is not canonical and for bytes after the item
 */
export function decodeCanonical(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = decode(bytes, STRICT);
  } catch (error) {
    // Nesting that overflows the stack arrives here too, as a RangeError.
    throw malformed(messageOf(error), error);
  }
  if (!equal(encode(value), bytes)) throw malformed('the encoding is not canonical');
  return value;
}

function malformed(reason: string, cause?: unknown): StowError {
  return new StowError({
    code: 'cbor-malformed',
    message: `the message is not canonical CBOR: ${reason}`,
    hint: 'the sender runs other or faulty software; use another peer',
    cause,
  });
}
