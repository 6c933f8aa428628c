import type { RenewalPolicy } from '../../config/client-config.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { BPS } from '../../market/money.ts';

/** What follows the market, and how far. */
export interface RetenderRule {
  policy: Exclude<RenewalPolicy, 'lock'>;
  /** Terms that end within so many periods from now are renewed or moved. */
  within: number;
  /** How many periods are bought at the end of a term. */
  periods: number;
  /** Least saving for which a shard is moved, as a share of what keeping it costs, 1/10,000. */
  marginBps: bigint;
  /** Pay no more, token wei for one unit and period. */
  maxPricePerUnitPeriod: bigint | undefined;
}

/** A saving of a hundredth is noise of a pegged price; with less, shards would wander for nothing. */
export const MIN_MARGIN_BPS = 100n;

/** @throws StowError `margin-range` */
export function requireMargin(marginBps: bigint): void {
  if (marginBps >= MIN_MARGIN_BPS && marginBps < BPS) return;
  throw new StowError({
    code: 'margin-range',
    message: `a margin of ${Number(marginBps) / 100}% is not one from 1% to 99.99%`,
    hint: 'write how much less the market must ask before a shard is moved, such as --margin 10%',
    exitCode: ExitCode.usage,
  });
}
