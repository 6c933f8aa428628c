import { formatUnits, parseUnits } from 'viem';

import { ExitCode, StowError } from '../core/errors.ts';

/** Decimals of every token that a market may use. Deploying checks it, so that prices mean the same everywhere. */
export const TOKEN_DECIMALS = 18;
/** Units of 64 KiB in one GiB: prices are told to people per GiB and stored on chain per unit. */
export const UNITS_PER_GIB = 16_384n;
/** The most that the escrow holds of anything, token wei: a uint96. */
export const MAX_AMOUNT = 2n ** 96n - 1n;
/** Denominator of every share on chain: 1/10,000. */
export const BPS = 10_000n;

/** Wei of one of the chain's own coins. */
export const COIN = 10n ** 18n;

/** Token wei as a decimal number with its unit, nothing rounded: `12.5 tokens`. */
export function formatTokens(wei: bigint, symbol = 'tokens'): string {
  return `${formatUnits(wei, TOKEN_DECIMALS)} ${symbol}`;
}

/** Digits of an amount that people compare. */
const AMOUNT_DIGITS = 6;

/** An amount to six significant digits, for people to read. */
export function roundAmount(wei: bigint): bigint {
  const digits = wei.toString().length;
  const drop = digits > AMOUNT_DIGITS ? 10n ** BigInt(digits - AMOUNT_DIGITS) : 1n;
  return ((wei + drop / 2n) / drop) * drop;
}

/**
 * Token wei of a decimal number such as `12.5`.
 * Throws `bad-amount` for anything that is not a non-negative decimal number of at most 18 places.
 */
export function parseTokens(text: string): bigint {
  if (!/^\d{1,40}(?:\.\d{1,18})?$/.test(text)) {
    throw new StowError({
      code: 'bad-amount',
      message: `${JSON.stringify(text.slice(0, 60))} is not an amount of tokens`,
      hint: 'write a decimal number with at most 18 places, such as 12.5',
      exitCode: ExitCode.usage,
    });
  }
  return parseUnits(text, TOKEN_DECIMALS);
}

/** Token wei for one unit and period, from a price per GiB and period; rounded up, so that an ask is never below what its owner meant. */
export function unitPriceOfGibPrice(weiPerGibPeriod: bigint): bigint {
  return ceilDiv(weiPerGibPeriod, UNITS_PER_GIB);
}

/** Token wei for one GiB and period, from the price on chain. Exact. */
export function gibPriceOfUnitPrice(weiPerUnitPeriod: bigint): bigint {
  return weiPerUnitPeriod * UNITS_PER_GIB;
}

/** ceil(a / b) for a >= 0 and b > 0. */
export function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
