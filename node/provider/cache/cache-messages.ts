import { isAddress, isHex } from 'viem/utils';
import { z } from 'zod';

import { MAX_UNITS } from '../../core/units.ts';
import type { Address, Hex } from '../../market/messages.ts';

/** What travels over the admin endpoint about a cache, as JSON and in query strings. */

const BYTES32_CHARS = 66;
const MAX_SHARD_INDEX = 255;

const bytes32 = z.custom<Hex>((value) => typeof value === 'string' && isHex(value) && value.length === BYTES32_CHARS);
const address = z.custom<Address>((value) => typeof value === 'string' && isAddress(value, { strict: false }));

export const cachedShardSchema = z.strictObject({
  root: bytes32,
  client: address,
  objectKey: bytes32,
  shardIndex: z.coerce.number().int().min(0).max(MAX_SHARD_INDEX),
  units: z.coerce.number().int().min(1).max(MAX_UNITS),
});

export const cacheSchema = z.object({
  provider: z.int(),
  capacityUnits: z.int(),
  /** Token wei, as decimal text. */
  pricePerMiB: z.string().regex(/^\d+$/),
  /** The most recently read first. */
  shards: z.array(cachedShardSchema),
});
export type CacheContents = z.output<typeof cacheSchema>;

export const removedSchema = z.object({ removed: z.boolean() });
