import { z } from 'zod';

import { decodeCbor, encodeCbor } from '../core/cbor.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import { addressCodec, bytesHex, signatureCodec, uintNumber, uintString } from './wire.ts';

/** Scheme of the `authorization` header of a bulk read. */
const SCHEME = 'Stowmarket';
/** A ticket is about 250 bytes before base64; a longer header is not one. */
const MAX_HEADER_CHARS = 1_024;

/** Permission to read one shard from one provider, EIP-712 signed (`READ_TICKET_TYPES`) by the agreement's client. */
export const readTicketSchema = z.strictObject({
  client: addressCodec,
  provider: uintNumber(32),
  shardRoot: bytesHex(32),
  /** Unix seconds of the chain's clock. */
  expiry: uintString(64),
  signature: signatureCodec,
});
export type ReadTicket = z.output<typeof readTicketSchema>;

/** `Stowmarket <base64url of deterministic CBOR>`. */
export function encodeReadTicket(ticket: ReadTicket): string {
  return `${SCHEME} ${Buffer.from(encodeCbor(z.encode(readTicketSchema, ticket))).toString('base64url')}`;
}

/** Reads a header from anyone. @throws StowError `read-ticket-malformed` */
export function decodeReadTicket(header: string | undefined): ReadTicket {
  if (header === undefined || header.length > MAX_HEADER_CHARS || !header.startsWith(`${SCHEME} `)) throw malformed();
  try {
    const bytes = Buffer.from(header.slice(SCHEME.length + 1), 'base64url');
    return readTicketSchema.parse(decodeCbor(bytes));
  } catch (cause) {
    throw malformed(cause);
  }
}

function malformed(cause?: unknown): StowError {
  return new StowError({
    code: 'read-ticket-malformed',
    message: 'the request has no readable ticket in its authorization header',
    hint: `send "authorization: ${SCHEME} <base64url of the ticket's CBOR>"`,
    exitCode: ExitCode.usage,
    cause,
  });
}
