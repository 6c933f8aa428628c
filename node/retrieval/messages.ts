import { z } from 'zod';

import { bytesHex, signatureCodec, uintNumber, uintString } from '../agreements/wire.ts';
import { decodeCbor, encodeCbor } from '../core/cbor.ts';
import { StowError } from '../core/errors.ts';

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

/** What a shard costs whoever asks, now; of no shard, what one costs under an agreement that is formed now. */
export const offerSchema = z.strictObject({
  pricePerMiB: uintString(64),
  /** What is left of the reader's allowance for today. */
  freeBytes: uintString(64),
  /** A whole day's allowance. */
  freeBytesPerDay: uintString(64),
  /** What the reader may owe over the best of its channels; where it has none, over a new one. */
  creditBytes: uintString(64),
  /** The most that one contract may be for. */
  maxContractBytes: uintString(64),
  /** Reads of one reader at once. */
  maxReads: uintNumber(32),
});
export type Offer = z.output<typeof offerSchema>;

/** @throws StowError `transfer-bad-answer` for anything else: that is the provider's fault */
export function decodeOffer(provider: number, body: Uint8Array): Offer {
  return answerOf(provider, () => decodeBody(offerSchema, body));
}

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

/** What a provider answered. @throws StowError `transfer-bad-answer` for what does not parse */
export function answerOf<T>(provider: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new StowError({
      code: 'transfer-bad-answer',
      message: `provider ${provider} answered with something else than the terms of a read`,
      hint: 'the provider runs another version or is faulty; use another one',
      cause: error,
    });
  }
}

/** @throws ZodError or StowError `bad-cbor` for anything else */
export function decodeBody<S extends z.ZodType>(schema: S, bytes: Uint8Array): z.output<S> {
  return schema.parse(decodeCbor(bytes));
}
