import { z } from 'zod';

import { decodeCbor, encodeCbor } from '../core/cbor.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import { addressCodec, bytesHex, signatureCodec, uintNumber, uintString } from './wire.ts';

/** Scheme of the `authorization` header of a bulk read. */
export const TICKET_SCHEME = 'Stowmarket';
/** A ticket is about 250 bytes before base64; a longer header is not one. */
const MAX_HEADER_CHARS = 1_024;

/** Permission to read one shard from one provider, EIP-712 signed (`READ_TICKET_TYPES`) by whoever reads: the agreement's client, or a wallet that it shares the object with. */
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
  return `${TICKET_SCHEME} ${Buffer.from(encodeCbor(z.encode(readTicketSchema, ticket))).toString('base64url')}`;
}

/** Reads a header from anyone. @throws StowError `read-ticket-malformed` */
export function decodeReadTicket(header: string | undefined): ReadTicket {
  if (header === undefined || header.length > MAX_HEADER_CHARS || !header.startsWith(`${TICKET_SCHEME} `))
    throw malformedTicket();
  try {
    const bytes = Buffer.from(header.slice(TICKET_SCHEME.length + 1), 'base64url');
    return readTicketSchema.parse(decodeCbor(bytes));
  } catch (cause) {
    throw malformedTicket(cause);
  }
}

/** A header that no rule can read. */
export function malformedTicket(cause?: unknown): StowError {
  return new StowError({
    code: 'read-ticket-malformed',
    message: 'the request has no readable ticket in its authorization header',
    hint: `send "authorization: ${TICKET_SCHEME} <base64url of the ticket's CBOR>"`,
    exitCode: ExitCode.usage,
    cause,
  });
}
