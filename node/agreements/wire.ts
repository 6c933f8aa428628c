import { getAddress, type Address, type Hex } from 'viem';
import { z } from 'zod';

import { fromHex, to0x } from '../core/bytes.ts';

/**
 * How values travel in control messages: integers up to 32 bits as CBOR integers, Solidity's uint64 and wider as decimal
 * strings, bytes as CBOR byte strings, addresses as 0x hex text. In memory they have the types that viem gives the same
 * Solidity types, so a decoded message goes into a contract call as it is.
 */

/** Addresses of a peer that we pass on or keep; more is spam. */
export const MAX_BULK_ADDRESSES = 8;
/** A multiaddr with a DNS name of full length fits. */
export const MAX_MULTIADDR_CHARS = 320;
/** Asks named in one answer: a provider needs one; a few serve regions and sizes. */
export const MAX_ASKS = 32;

const UINT_PATTERN = /^(?:0|[1-9][0-9]{0,38})$/;

/** A Solidity unsigned integer of up to 32 bits. */
export function uintNumber(bits: 8 | 16 | 24 | 32): z.ZodNumber {
  return z
    .int()
    .min(0)
    .max(2 ** bits - 1);
}

/** A Solidity unsigned integer that is a bigint in memory and a decimal string on the wire. */
export function uintString(bits: 64 | 96 | 128) {
  return z.codec(
    z.string().regex(UINT_PATTERN, 'a decimal number'),
    z
      .bigint()
      .min(0n)
      .max(2n ** BigInt(bits) - 1n),
    {
      decode: (text) => BigInt(text),
      encode: (value) => value.toString(),
    },
  );
}

/** Fixed-length bytes: a byte string on the wire, 0x hex in memory. */
export function bytesHex(length: number) {
  return z.codec(
    z.instanceof(Uint8Array).refine((bytes) => bytes.byteLength === length, `${length} bytes`),
    z.custom<Hex>((value) => typeof value === 'string' && value.length === 2 + 2 * length && value.startsWith('0x')),
    { decode: (bytes) => to0x(bytes), encode: (hex) => Uint8Array.from(fromHex(hex, length)) },
  );
}

/** An EVM address: 0x hex in any case on the wire, checksummed in memory. */
export const addressCodec = z.codec(
  z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'an address'),
  z.custom<Address>((value) => typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value)),
  { decode: (text) => getAddress(text.toLowerCase()), encode: (address) => address },
);

/** 65 bytes: r, s, v with low s. */
export const signatureCodec = bytesHex(65);

export const multiaddrText = z.string().min(1).max(MAX_MULTIADDR_CHARS);
export const bulkAddresses = z.array(multiaddrText).max(MAX_BULK_ADDRESSES);
