import { assert } from '../../core/assert.ts';
import { fromHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { DIGEST_BYTES, UNIT_BYTES } from '../../core/units.ts';
import type { Address } from '../../market/messages.ts';
import type { Quote } from '../../market/quote.ts';
import { layoutOf } from '../../pipeline/layout.ts';
import { newObjectKey } from '../../pipeline/object-key.ts';
import { MAX_UNIT_ROOTS_BYTES } from '../../transfer/limits.ts';
import type { MarketView } from '../market-view.ts';
import {
  indices,
  MAX_SPARES,
  planShards,
  quoteShards,
  requireAffordable,
  type PlanMarket,
  type PlanRequest,
  type PurchaseTerms,
} from './plan.ts';

/** What is to be stored, as far as the price depends on it. */
export interface Wanted extends PurchaseTerms {
  /** Plaintext bytes; the most when the length is not known yet. */
  maxBytes: number;
}

/** The price of storing something, and who would store it. */
export interface PutQuote {
  quote: Quote;
  /** Units of each shard, header included. */
  units: number;
  shards: QuotedProvider[];
  /** Unix seconds of the chain at which it was made. */
  time: number;
}

export interface QuotedProvider {
  shardIndex: number;
  provider: number;
  askId: bigint;
  /** Whether the ask is signed off the chain, and has to be brought to the book first. */
  signed: boolean;
  /** Token wei for one unit and period. */
  pricePerUnitPeriod: bigint;
  /** Token wei for one MiB that is read. */
  retrievalPricePerMiB: bigint;
  /** Whether the price follows the index, and so may change with the next period. */
  pegged: boolean;
  /** Unix seconds at which the ask runs out. */
  expiry: number;
}

export interface QuoteComponents {
  market: MarketView;
  owner: { address: Address };
}

/** Finds providers and a price, and, when asked, checks the funds. Sends nothing to anybody. */
export async function quotePut(
  components: QuoteComponents,
  wanted: Wanted,
  options: { requireFunds: boolean; signal?: AbortSignal | undefined },
): Promise<PutQuote> {
  const { market, request } = await lookAtMarket(components, wanted, options);
  const placements = planShards(market, request);
  const quoted = quoteShards(market, request, placements);
  if (options.requireFunds) requireAffordable(quoted, request, market.balances);
  const shards = placements.map(({ shardIndex, chosen }) => ({
    shardIndex,
    provider: chosen.provider.id,
    askId: chosen.askId,
    signed: chosen.offer !== undefined,
    pricePerUnitPeriod: chosen.ask.pricePerUnitPeriod,
    retrievalPricePerMiB: chosen.ask.retrievalPricePerMiB,
    pegged: chosen.ask.premiumBps !== 0,
    expiry: chosen.ask.expiry,
  }));
  return { quote: quoted, units: request.units, shards, time: market.time };
}

/** The market as it stands, and what an object asks of it: a new one, or one that is stored already. */
export async function lookAtMarket(
  { market, owner }: QuoteComponents,
  wanted: Wanted,
  options: {
    signal?: AbortSignal | undefined;
    /** So many providers are listed even if they cannot take a shard. */
    others?: number | undefined;
    /** Shards beyond n for which somebody is to be found, too. Of a stored object, any of them may be one that began as a spare. */
    spares?: number | undefined;
  },
  stored: { objectKey?: Uint8Array; units?: number } = {},
): Promise<{ market: PlanMarket; request: PlanRequest }> {
  const { maxBytes, ...rest } = wanted;
  const { unitsPerShard } = layoutOf(maxBytes, wanted.k);
  if (unitsPerShard * DIGEST_BYTES > MAX_UNIT_ROOTS_BYTES) throw tooLarge(wanted);
  const [time, balances, gasPrice] = await Promise.all([
    market.time(options),
    market.balances(options),
    market.gasPrice(options),
  ]);
  const objectKey = newObjectKey(fromHex(owner.address, 20));
  const request = { ...rest, objectKey, units: unitsPerShard, ...stored };
  const { n, units, periods, maxPricePerUnitPeriod, regions } = request;
  const wish = { units, periods, maxPricePerUnitPeriod, regions, time, clientDeposit: balances.escrow };
  const spares = options.spares ?? (stored.objectKey === undefined ? 0 : MAX_SPARES);
  const found = await market.providers(
    { ...wish, objectKey: request.objectKey, shards: indices(n + spares), others: options.others },
    options,
  );
  return { market: { ...found, terms: market.terms, time, balances, gasPrice }, request };
}

function tooLarge({ maxBytes, k }: Wanted): StowError {
  const maxShardBytes = (MAX_UNIT_ROOTS_BYTES / DIGEST_BYTES) * UNIT_BYTES;
  assert(maxBytes > maxShardBytes / 2, 'a large object');
  return new StowError({
    code: 'object-too-large',
    message: `${maxBytes} bytes over ${k} shards are more than the ${maxShardBytes} bytes that one shard may have`,
    hint: 'use a code with more data shards, such as --code 20/30, or store it in parts',
    exitCode: ExitCode.usage,
  });
}
