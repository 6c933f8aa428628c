import { Option, type Command } from 'commander';

import type { BidWish } from '../client/bid/bid-types.ts';
import type { ClientConfig } from '../config/client-config.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import { Rest } from '../market/messages.ts';
import { formatTokens, parseTokens, unitPriceOfGibPrice } from '../market/money.ts';
import { parseCount, parseRegion, parseSeconds, parseShare } from './parse-options.ts';

/** Options of `put` that shape a bid. */
export interface BidOptions {
  bid?: boolean;
  startPrice?: string;
  ceiling?: string;
  climb?: number;
  deadline?: number;
  rest?: RestName;
  minScore?: number;
  region?: number;
  collateral?: number;
}

const RESTS = { 'all-or-none': Rest.allOrNone, stand: Rest.stand, refund: Rest.refund } as const;
export type RestName = keyof typeof RESTS;

/** Long enough for providers to notice and to send them gigabytes, short enough that money does not lie behind a forgotten bid. */
const DEFAULT_DEADLINE_S = 3_600;
/** As providers put behind their asks by default. */
const DEFAULT_COLLATERAL_PERIODS = 30;
const BPS = 10_000;

/** Flags by option name, for messages. */
const FLAGS = {
  startPrice: '--start-price',
  ceiling: '--ceiling',
  climb: '--climb',
  deadline: '--deadline',
  rest: '--rest',
  minScore: '--min-score',
  region: '--region',
  collateral: '--collateral',
} as const satisfies Partial<Record<keyof BidOptions, string>>;

export function addBidOptions(command: Command): Command {
  return command
    .optionsGroup('Bids:')
    .option('--bid', 'post a bid and let providers take the shards, instead of taking asks now')
    .option('--start-price <tokens>', 'what a GiB and period pays at first (default: the ceiling)')
    .option('--ceiling <tokens>', 'what a GiB and period pays at most (default: storage.max-price-per-gib-period)')
    .option('--climb <duration>', 'how long the price climbs, such as 30m (default: half of --deadline)', parseSeconds)
    .option('--deadline <duration>', 'how long the bid stands (default: 1h)', parseSeconds)
    .addOption(
      new Option('--rest <what>', 'what becomes of shards that an answer leaves over (default: all-or-none)').choices(
        Object.keys(RESTS),
      ),
    )
    .option('--min-score <share>', 'only providers with this reputation, 0 to 1', parseShare)
    .option('--region <country>', 'only providers that declare this country (default: storage.regions)', parseRegion)
    .option('--collateral <periods>', 'least collateral, in periods of rent (default: 30)', parseCount)
    .optionsGroup('Options:');
}

/**
 * The bid that the options ask for; undefined without --bid.
 * @throws StowError `bid-option` for options that contradict each other, with the names and values
 */
export function bidWishOf(options: BidOptions, config: ClientConfig): BidWish | undefined {
  if (options.bid !== true) {
    const stray = Object.entries(FLAGS).find(([name]) => Reflect.get(options, name) !== undefined);
    if (stray !== undefined) throw badOption(`${stray[1]} is for bids`, 'add --bid, or leave it out');
    return undefined;
  }
  const ceiling = ceilingOf(options, config);
  const start = options.startPrice === undefined ? ceiling : amountOf(FLAGS.startPrice, options.startPrice);
  const standsS = options.deadline ?? DEFAULT_DEADLINE_S;
  requireNotAbove({ name: FLAGS.startPrice, value: options.startPrice, amount: start }, ceiling);
  return {
    startPrice: unitPriceOfGibPrice(start),
    ceiling: unitPriceOfGibPrice(ceiling),
    climbS: climbOf(options, start < ceiling, standsS),
    standsS,
    rest: RESTS[options.rest ?? 'all-or-none'],
    minScoreBps: Math.round((options.minScore ?? 0) * BPS),
    region: options.region ?? regionOf(config),
    collateralPeriods: options.collateral ?? DEFAULT_COLLATERAL_PERIODS,
  };
}

/** The name of what becomes of the rest, as it is typed. */
export function restName(rest: number): string {
  return Object.entries(RESTS).find(([, number]) => number === rest)?.[0] ?? String(rest);
}

/** A bid is for one country, or for all. */
function regionOf({ storage: { regions } }: ClientConfig): number {
  if (regions.length <= 1) return Number(regions[0] ?? 0);
  throw badOption(
    `storage.regions names ${regions.length} countries (${regions.join(', ')}), and a bid takes one`,
    'give the one of this bid: --region COUNTRY',
  );
}

/** Token wei for one GiB and period. */
function ceilingOf({ ceiling }: BidOptions, { storage }: ClientConfig): bigint {
  if (ceiling !== undefined) return amountOf(FLAGS.ceiling, ceiling);
  if (storage.maxPricePerGibPeriod !== undefined) return storage.maxPricePerGibPeriod;
  throw badOption(
    '--bid needs to know the most that may be paid',
    'give --ceiling TOKENS for a GiB and period, or set storage.max-price-per-gib-period',
  );
}

function amountOf(name: string, text: string): bigint {
  const amount = parseTokens(text);
  if (amount === 0n) throw badOption(`${name} ${text} pays nothing`, `set ${name} above zero`);
  return amount;
}

function requireNotAbove(start: { name: string; value: string | undefined; amount: bigint }, ceiling: bigint): void {
  if (start.amount <= ceiling) return;
  throw badOption(
    `${start.name} ${start.value} is above the ceiling of ${formatTokens(ceiling)}: the price climbs from the start to the ceiling`,
    'lower --start-price, or raise --ceiling',
  );
}

function climbOf({ climb }: BidOptions, climbs: boolean, standsS: number): number {
  if (!climbs) {
    if (climb === undefined) return 0;
    throw badOption(
      `--climb ${climb}s has nothing to climb: the bid starts at its ceiling`,
      'give a --start-price below the ceiling, or leave --climb out',
    );
  }
  const climbS = climb ?? Math.floor(standsS / 2);
  if (climbS > standsS) {
    throw badOption(
      `--climb ${climbS}s is longer than the bid stands (--deadline ${standsS}s): its price would never reach the ceiling`,
      'shorten --climb, or lengthen --deadline',
    );
  }
  return climbS;
}

function badOption(message: string, hint: string): StowError {
  return new StowError({ code: 'bid-option', message, hint, exitCode: ExitCode.usage });
}
