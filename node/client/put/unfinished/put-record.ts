import { z } from 'zod';

import { fromHex, toHex } from '../../../core/bytes.ts';
import { DIGEST_BYTES } from '../../../core/units.ts';
import { Rest, type Hex, type StorageAgreement } from '../../../market/messages.ts';

const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/);
const inMemory = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const bytes = z.codec(hex, inMemory, { decode: (text) => fromHex(text), encode: toHex });
const digest = z.codec(hex.length(2 * DIGEST_BYTES), inMemory, {
  decode: (text) => fromHex(text, DIGEST_BYTES),
  encode: toHex,
});
const wide = z.codec(z.string().regex(/^\d{1,78}$/), z.bigint(), {
  decode: (text) => BigInt(text),
  encode: (value) => value.toString(),
});
const hex0x = z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-fA-F]*$/.test(value));
const count = z.int().min(0);

const agreementSchema: z.ZodType<StorageAgreement, Record<string, unknown>> = z.strictObject({
  client: hex0x,
  provider: count,
  objectKey: hex0x,
  shardIndex: count,
  shardRoot: hex0x,
  units: count,
  pricePerUnitPeriod: wide,
  periods: count,
  collateral: wide,
  askId: wide,
  bidId: wide,
  nonce: wide,
  deadline: wide,
});

/** A bid, where the put goes by one: what is wanted, and the bid on chain once it is posted. */
const bidSchema = z.strictObject({
  wish: z.strictObject({
    startPrice: wide,
    ceiling: wide,
    climbS: count,
    standsS: count,
    rest: z.enum(Rest),
    minScoreBps: count,
    region: count,
    collateralPeriods: count,
  }),
  /** From before the posting on: the chain has to be asked whether it came to that. */
  isPosting: z.boolean(),
  /** `reserved`: token wei behind each shard. */
  posted: z.strictObject({ bidId: wide, reserved: wide }).optional(),
});

/** What a put that was cut off is gone on from. */
const recordSchema = z.strictObject({
  version: z.literal(1),
  objectKey: digest,
  name: z.string(),
  kind: z.enum(['file', 'tar', 'pack']),
  source: z.strictObject({
    /** Absolute path; absent for a pipe. */
    path: z.string().optional(),
    label: z.string(),
    maxBytes: count,
    exact: z.boolean(),
  }),
  k: count,
  n: count,
  spares: count,
  periods: count,
  /** Room reserved for each shard. */
  units: count,
  /** The object's secret and description, sealed for the wallet alone, bound to the object and `source.maxBytes`. */
  sealed: bytes,
  /** The envelope of every header, once a reading of the source came to its end. */
  envelope: z.strictObject({ plainBytes: count, bytes }).optional(),
  /** What readings computed, by shard index; null for a shard that none made to its end. */
  shards: z.strictObject({ units: count, roots: z.array(digest.nullable()) }).optional(),
  /** Who keeps room for which shard. */
  places: z.array(z.strictObject({ shardIndex: count, provider: count, askId: wide })),
  /** First of the object's nonces; the deadline of all that is signed. */
  firstNonce: wide.optional(),
  deadline: count.optional(),
  signed: z.array(z.strictObject({ agreement: agreementSchema, signature: hex0x })),
  bid: bidSchema.optional(),
  /** Unix milliseconds, by this machine's clock. */
  savedAtMs: count,
});

export type PutRecord = z.output<typeof recordSchema>;

export function encodeRecord(record: PutRecord): string {
  return JSON.stringify(z.encode(recordSchema, record));
}

/** @throws ZodError or SyntaxError for anything else */
export function decodeRecord(text: string): PutRecord {
  return recordSchema.parse(JSON.parse(text));
}
