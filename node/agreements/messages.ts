import { z } from 'zod';

import type { ReserveRequest, StorageAgreement } from '../market/messages.ts';
import { MAX_SHARD_PROOF } from '../market/shard-tree.ts';
import { addressCodec, bulkAddresses, bytesHex, MAX_ASKS, signatureCodec, uintNumber, uintString } from './wire.ts';

/**
 * The control protocols between client and provider: one request and one response per libp2p stream. Both sides encode and
 * decode with these schemas: `z.decode(schema, wire)` checks a peer's message and gives what code works with,
 * `z.encode(schema, value)` gives what CBOR encodes. Times are unix seconds of the chain's clock (its latest block).
 */
export const PROTOCOLS = {
  terms: '/stowmarket/terms/1.0.0',
  reserve: '/stowmarket/reserve/1.0.0',
  sign: '/stowmarket/sign/1.0.0',
  release: '/stowmarket/release/1.0.0',
} as const;

/** The largest of these messages is below 2 KiB; anything longer is no message of ours. */
export const MAX_MESSAGE_BYTES = 8_192;

/** `StorageAgreement` of the market, field by field. */
export const storageAgreementSchema: z.ZodType<StorageAgreement, Record<string, unknown>> = z.strictObject({
  client: addressCodec,
  provider: uintNumber(32),
  objectKey: bytesHex(32),
  shardIndex: uintNumber(8),
  shardRoot: bytesHex(32),
  units: uintNumber(32),
  pricePerUnitPeriod: uintString(64),
  periods: uintNumber(24),
  collateral: uintString(96),
  askId: uintString(64),
  bidId: uintString(64),
  nonce: uintString(64),
  deadline: uintString(64),
});

/** `ReserveRequest` of the market: `units` is a maximum, header unit included; either `askId` or `bidId` is 0; `expiry` is at most 15 minutes ahead. */
export const reserveRequestSchema: z.ZodType<ReserveRequest, Record<string, unknown>> = z.strictObject({
  client: addressCodec,
  provider: uintNumber(32),
  objectKey: bytesHex(32),
  shardIndex: uintNumber(8),
  units: uintNumber(32).min(1),
  periods: uintNumber(24).min(1),
  askId: uintString(64),
  bidId: uintString(64),
  expiry: uintString(64),
});

/** That a bid wants a shard: its root, and the Merkle proof under the bid's `shardsRoot`. */
const bidShardSchema = z.strictObject({ root: bytesHex(32), proof: z.array(bytesHex(32)).max(MAX_SHARD_PROOF) });

const reservationId = z.string().regex(/^[0-9a-f]{32}$/, 'a reservation id');

export const termsRequestSchema = z.strictObject({});
export const termsResponseSchema = z.strictObject({
  /** Provider id in the registry. */
  provider: uintNumber(32).min(1),
  chainId: z.int().min(1),
  /** The Agreements contract that it works with. */
  agreements: addressCodec,
  bulk: bulkAddresses,
  /** Units that it would still take. */
  freeUnits: z.int().min(0),
  asks: z.array(uintString(64)).max(MAX_ASKS),
});
export type TermsResponse = z.output<typeof termsResponseSchema>;

/** Asking again with the same request and peer gives the same reservation. */
export const reserveMessageSchema = z.strictObject({
  request: reserveRequestSchema,
  signature: signatureCodec,
  /** With a `bidId`. Not signed: the bid on chain vouches for it. */
  shard: bidShardSchema.optional(),
  /** Root of the shard, where the provider has it under an agreement of the same client: then it need not be sent again. */
  held: bytesHex(32).optional(),
});
export type ReserveMessage = z.output<typeof reserveMessageSchema>;
export const reserveResponseSchema = z.strictObject({
  reservationId,
  bulk: bulkAddresses,
  /** When the provider forgets the reservation unless it has signed. */
  expiresAt: z.int().min(0),
  /** Answers `held`: whether the shard counts as arrived. */
  stored: z.boolean().optional(),
});
export type ReserveResponse = z.output<typeof reserveResponseSchema>;

export const signMessageSchema = z.strictObject({ reservationId, agreement: storageAgreementSchema });
export type SignMessage = z.output<typeof signMessageSchema>;
/** The node key's signature of the agreement's EIP-712 digest. */
export const signResponseSchema = z.strictObject({ signature: signatureCodec });
export type SignResponse = z.output<typeof signResponseSchema>;

export const releaseMessageSchema = z.strictObject({ reservationId });
export const releaseResponseSchema = z.strictObject({});
