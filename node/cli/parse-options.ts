import { InvalidArgumentError } from 'commander';
import { getAddress, isAddress } from 'viem/utils';

import type { Address } from '../market/messages.ts';
import { parseTokens } from '../market/money.ts';

const SIZE_PATTERN = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i;
const POWERS = ['', 'k', 'm', 'g', 't'];
/** More lines than this are for a file, which takes its pages one after the other. */
const MAX_PAGE = 500;
/** Shard indices are bytes on chain, and 255 marks "all". */
const MAX_SHARDS = 255;

/** Bytes of `4096`, `64MiB`, `1.5g`, `10 kB`. `kB`, `MB` … are powers of 1,000; `KiB`, `k`, `m` … powers of 1,024. */
export function parseSize(text: string): number {
  const match = SIZE_PATTERN.exec(text.trim());
  const [, digits = '', prefix = '', binary = ''] = match ?? [];
  const decimal = prefix !== '' && binary === '' && text.trim().toLowerCase().endsWith('b');
  const bytes = Math.round(Number(digits) * (decimal ? 1_000 : 1_024) ** POWERS.indexOf(prefix.toLowerCase()));
  if (match === null || !Number.isSafeInteger(bytes))
    throw new InvalidArgumentError('Not a size, such as 64MiB or 1.5g.');
  return bytes;
}

/** `4/6`: any 4 of 6 shards give the object back. */
export function parseCode(text: string): { k: number; n: number } {
  const match = /^(\d{1,3})\/(\d{1,3})$/.exec(text.trim());
  const k = Number(match?.[1]);
  const n = Number(match?.[2]);
  if (match === null || k < 1 || n < k || n > MAX_SHARDS) {
    throw new InvalidArgumentError('Not a code, such as 4/6: any 4 of 6 shards give the object back; at most 255.');
  }
  return { k, n };
}

/** The index of a shard. */
export function parseShardIndex(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) < MAX_SHARDS) return Number(text);
  throw new InvalidArgumentError('Not the index of a shard, from 0 to 254.');
}

/** A whole number from 1 up. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d{1,9}$/.test(text) || count < 1) throw new InvalidArgumentError('Not a whole number from 1 up.');
  return count;
}

/** A whole number, or none. */
export function parseCountOrNone(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Not a whole number from 0 up.');
  return Number(text);
}

/** An address; a mixed-case one must have its checksum right. */
export function parseAddress(text: string): Address {
  if (isAddress(text)) return getAddress(text);
  throw new InvalidArgumentError('Not an address, or its checksum does not match: copy it whole.');
}

/** So many seconds from now, or at a time in unix seconds. */
export type Expiry = { seconds: number } | { at: number };

const DURATION_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
/** Escrow keeps expiries in 40 bits; a Date shows less far. */
const MAX_EXPIRY_S = 2 ** 40 - 1;

/** `12h`, `30d`, or a date such as `2030-01-31` or `2030-01-31T12:00:00Z`. */
export function parseExpiry(text: string): Expiry {
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(text.trim()) ?? [];
  if (digits !== undefined && unit !== undefined) {
    const seconds = Number(digits) * (DURATION_SECONDS[unit] ?? 0);
    if (seconds > 0 && seconds <= MAX_EXPIRY_S / 2) return { seconds };
  }
  const at = /^\d{4}-\d\d-\d\d/.test(text.trim()) ? Math.floor(Date.parse(text.trim()) / 1_000) : Number.NaN;
  if (Number.isSafeInteger(at) && at > 0) return { at };
  throw new InvalidArgumentError('Not a time span such as 12h or 30d, nor a date such as 2030-01-31.');
}

/** Unix seconds. @param now those of the chain's clock */
export function expiryFrom(expiry: Expiry, now: number): number {
  return 'seconds' in expiry ? now + expiry.seconds : expiry.at;
}

/** Bids keep their climb in 32 bits of seconds; nobody waits longer than a year. */
const MAX_SPAN_S = 365 * 86_400;

/** Seconds of `90s`, `30m`, `12h`, `30d`. */
export function parseSeconds(text: string): number {
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(text.trim()) ?? [];
  const seconds = Number(digits) * (DURATION_SECONDS[unit ?? ''] ?? Number.NaN);
  if (seconds >= 1 && seconds <= MAX_SPAN_S) return seconds;
  throw new InvalidArgumentError('Not a time span from 1s to 365d, such as 90s, 30m or 12h.');
}

/** A number from 0 to 1. */
export function parseShare(text: string): number {
  const share = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && share <= 1) return share;
  throw new InvalidArgumentError('Not a number from 0 to 1.');
}

/** `10%` or `2.5%`, in 1/10,000. */
export function parsePercent(text: string): bigint {
  const [, whole = '', places = ''] = /^(\d{1,3})(?:\.(\d{1,2}))?%$/.exec(text.trim()) ?? [];
  if (whole === '') throw new InvalidArgumentError('Not a percentage, such as 10% or 2.5%.');
  return BigInt(whole) * 100n + BigInt(places.padEnd(2, '0'));
}

/** A country by its ISO 3166-1 number. */
export function parseRegion(text: string): number {
  const region = Number(text);
  if (/^\d{1,3}$/.test(text) && region >= 1) return region;
  throw new InvalidArgumentError('Not an ISO 3166-1 number from 1 to 999, such as 276.');
}

/** The number of a bid. */
export function parseBidId(text: string): bigint {
  if (/^[1-9]\d{0,18}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('Not the number of a bid, such as 7.');
}

/** A country as ISO 3166-1 numbers it; 0 for asks that declare none. */
export function parseAskRegion(text: string): number {
  const region = Number(text);
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('Not a country number (ISO 3166-1), such as 276.');
  return region;
}

/** The number of a channel. */
export function parseChannel(text: string): bigint {
  if (/^[1-9]\d{0,18}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('Not the number of a channel, such as 7.');
}

/** The number of a provider. */
export function parseProviderId(text: string): number {
  const id = Number(text);
  if (/^[1-9]\d{0,9}$/.test(text) && id < 2 ** 32) return id;
  throw new InvalidArgumentError('Not the number of a provider, such as 2.');
}

/** Tokens, as token wei. */
export function parseAmount(text: string): bigint {
  if (!/^\d{1,10}(?:\.\d{1,18})?$/.test(text)) throw new InvalidArgumentError('Not an amount of tokens, such as 0.5.');
  return parseTokens(text);
}

/** A price in tokens, as token wei. */
export function parsePrice(text: string): bigint {
  if (!/^\d{1,20}(?:\.\d{1,18})?$/.test(text)) throw new InvalidArgumentError('Not a price in tokens, such as 0.01.');
  return parseTokens(text);
}

/** Lines of one page. */
export function parsePageLimit(text: string): number {
  const limit = parseCount(text);
  if (limit > MAX_PAGE) throw new InvalidArgumentError(`At most ${MAX_PAGE}; go on with --after.`);
  return limit;
}

/** Where a page of asks ended, as the page before says it. */
export function parseAskPlace(text: string): { price: number; askId: bigint } {
  const [, price, askId] = /^(\d{1,25}(?:\.\d{1,20})?(?:e\+\d{1,2})?):(\d{1,20})$/.exec(text.trim()) ?? [];
  if (price === undefined || askId === undefined || BigInt(askId) >= 2n ** 64n) {
    throw new InvalidArgumentError('Not where a page ended: copy it from the last line of the page before.');
  }
  return { price: Number(price), askId: BigInt(askId) };
}
