import { z } from 'zod';

import { bytesHex, signatureCodec, uintNumber, uintString } from '../agreements/wire.ts';
import { decodeCbor, encodeCbor } from '../core/cbor.ts';

/** Bodies of the requests for paid reads: deterministic CBOR maps, values as in control messages (`agreements/wire.ts`). */

export const voucherSchema = z.strictObject({
  channel: uintString(64),
  amount: uintString(96),
  readBytes: uintString(64),
  firstByteMs: uintNumber(32),
  kibPerSecond: uintNumber(8),
});

export const signedVoucherSchema = z.strictObject({ voucher: voucherSchema, signature: signatureCodec });

export const retrievalContractSchema = z.strictObject({
  channel: uintString(64),
  shardRoot: bytesHex(32),
  maxBytes: uintString(64),
  pricePerMiB: uintString(64),
  freeBytes: uintString(64),
  deadline: uintString(64),
  nonce: uintString(64),
});

/** What a shard costs whoever asks, now. */
export const offerSchema = z.strictObject({
  pricePerMiB: uintString(64),
  /** What is left of the reader's allowance. */
  freeBytes: uintString(64),
});
export type Offer = z.output<typeof offerSchema>;

/** Proposes a contract, signed by the channel's client. */
export const agreeRequestSchema = z.strictObject({
  contract: retrievalContractSchema,
  signature: signatureCodec,
});

export const agreeAnswerSchema = z.strictObject({
  /** The node key's, over the same contract. */
  signature: signatureCodec,
  /** Token wei that the provider counts as served over the channel. */
  due: uintString(96),
  /** The highest voucher that the provider has for the channel. */
  last: signedVoucherSchema.optional(),
});
export type AgreeAnswer = z.output<typeof agreeAnswerSchema>;

export const payAnswerSchema = z.strictObject({
  /** The highest voucher on the provider's disk, where the one that was sent promised nothing new. */
  last: signedVoucherSchema.optional(),
});

export function encodeBody<S extends z.ZodType>(schema: S, value: z.output<S>): Uint8Array {
  return encodeCbor(z.encode(schema, value));
}

/** @throws ZodError or StowError `bad-cbor` for anything else */
export function decodeBody<S extends z.ZodType>(schema: S, bytes: Uint8Array): z.output<S> {
  return schema.parse(decodeCbor(bytes));
}
