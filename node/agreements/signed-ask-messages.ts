import { z } from 'zod';

import { decodeCbor, encodeCbor } from '../core/cbor.ts';
import type { Ask, SignedOffer } from '../market/messages.ts';
import { signatureCodec, uintNumber, uintString } from './wire.ts';

/** What a peer knows of signed asks, its own among them: one request and one response per stream. */
export const ASKS_PROTOCOL = '/stowmarket/asks/1.0.0';

/** A signed ask is below 500 bytes, however large its numbers are. */
export const MAX_OFFER_BYTES = 1_024;
/** Asks in one answer: a market of 500 signing providers in one exchange of 256 KiB; larger ones are asked for at several peers. */
export const MAX_OFFERS_PER_ANSWER = 500;
export const MAX_ANSWER_BYTES = MAX_OFFERS_PER_ANSWER * 512;

/** Seconds from which no 40-bit expiry lies further. */
const MAX_UINT40 = 2 ** 40 - 1;

const askSchema: z.ZodType<Ask, Record<string, unknown>> = z.strictObject({
  provider: uintNumber(32).min(1),
  pricePerUnitPeriod: uintString(64),
  unitsLeft: uintNumber(32),
  minUnits: uintNumber(32),
  maxUnits: uintNumber(32),
  expiry: z.int().min(0).max(MAX_UINT40),
  collateralPeriods: uintNumber(24),
  minPeriods: uintNumber(24),
  maxPeriods: uintNumber(24),
  region: uintNumber(16),
  minClientDeposit: uintString(96),
  retrievalPricePerMiB: uintString(64),
  premiumBps: uintNumber(16),
  ceiling: uintString(64),
});

const offerSchema: z.ZodType<SignedOffer, Record<string, unknown>> = z.strictObject({
  signed: z.strictObject({ ask: askSchema, nonce: uintString(64), series: uintNumber(32) }),
  signature: signatureCodec,
});

export const asksRequestSchema = z.strictObject({});
export const asksResponseSchema = z.strictObject({ offers: z.array(offerSchema).max(MAX_OFFERS_PER_ANSWER) });

/** What is gossiped: an ask, and when it was sent, so that one that is sent again later is not taken for a copy on its way. */
const gossipSchema = z.strictObject({ offer: offerSchema, sentAt: z.int().min(0) });

export function encodeGossip(offer: SignedOffer, sentAt: number): Uint8Array {
  return encodeCbor(z.encode(gossipSchema, { offer, sentAt }));
}

/** Undefined for bytes that are no such message. */
export function decodeGossip(bytes: Uint8Array): SignedOffer | undefined {
  try {
    return gossipSchema.parse(decodeCbor(bytes)).offer;
  } catch {
    return undefined;
  }
}
