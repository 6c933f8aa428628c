import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { readQuote } from '../../chain/actions/read-quote.ts';
import type { AskPlace } from '../../chain/market-index.ts';
import { UNIT_BYTES } from '../../core/units.ts';
import type { PostedAsk } from '../../market/eligibility.ts';
import { gibPriceOfUnitPrice, unitPriceOfGibPrice } from '../../market/money.ts';
import { withMarket } from '../client-setup.ts';
import { askLiveOffers, liveOffersTable } from '../live-reads.ts';
import { formatAmount, formatBytes, formatTable } from '../format.ts';
import type { Run } from '../program-context.ts';

export interface AsksOptions {
  region?: number;
  units?: number;
  /** Bytes of a shard. */
  size?: number;
  periods?: number;
  /** Token wei for one GiB and period. */
  maxPrice?: bigint;
  limit: number;
  after?: AskPlace;
  /** Ask the providers of the page what reads cost now. */
  live?: boolean;
}

/** `market asks`: the asks that can be taken now, cheapest first, a page at a time. */
export async function showAsks(run: Run, options: AsksOptions): Promise<void> {
  const { region, periods, maxPrice, limit, after } = options;
  const units = options.units ?? Math.max(1, Math.ceil((options.size ?? 0) / UNIT_BYTES));
  const { asks, next, live } = await withMarket(run, async ({ market, network }) => {
    const [{ seconds: time }, quote] = await Promise.all([
      readChainTime(market.chain, { signal: run.signal }),
      readQuote(market.chain, { signal: run.signal }),
    ]);
    const price = maxPrice === undefined ? undefined : unitPriceOfGibPrice(maxPrice);
    const page = await market.index.asksPage({
      time,
      quote,
      units,
      periods,
      region,
      maxPrice: price,
      after,
      max: limit,
    });
    if (options.live !== true) return { ...page, live: undefined };
    const ids = page.asks.map(({ ask }) => ask.provider);
    return { ...page, live: await askLiveOffers({ market, network, account: undefined }, ids, run) };
  });
  const rest = next === undefined ? undefined : placeText(next);
  run.output.result(
    {
      type: 'market-asks',
      asks: asks.map(({ askId, ask }) => ({ askId, ...ask })),
      next: rest,
      ...(live === undefined ? {} : { live }),
    },
    [
      asks.length === 0 ? 'no ask fits' : tableOf(asks),
      ...(live === undefined || live.length === 0 ? [] : ['', liveOffersTable(live)]),
      ...(rest === undefined ? [] : ['', `more: the same with --after ${rest}`]),
    ].join('\n'),
  );
}

/** As `parseAskPlace` reads it. */
function placeText({ price, askId }: AskPlace): string {
  return `${price}:${askId}`;
}

function tableOf(asks: readonly PostedAsk[]): string {
  return formatTable(
    ['ASK', 'PROVIDER', 'A GIB AND PERIOD', 'A MIB READ', 'FREE', 'A SHARD', 'PERIODS', 'REGION', 'UNTIL'],
    asks.map(({ askId, ask }) => [
      String(askId),
      String(ask.provider),
      `${formatAmount(gibPriceOfUnitPrice(ask.pricePerUnitPeriod))}${ask.premiumBps === 0 ? '' : ', pegged'}`,
      ask.retrievalPricePerMiB === 0n ? 'free' : `${formatAmount(ask.retrievalPricePerMiB)} at most`,
      bytesOf(ask.unitsLeft),
      `${bytesOf(ask.minUnits)} to ${bytesOf(ask.maxUnits)}`,
      `${ask.minPeriods} to ${ask.maxPeriods}`,
      ask.region === 0 ? '' : String(ask.region),
      new Date(Math.min(ask.expiry, MAX_DATE_S) * 1_000).toISOString().slice(0, 16),
    ]),
  );
}

/** The last second that a date can have. */
const MAX_DATE_S = 8_640_000_000_000;

function bytesOf(units: number): string {
  return formatBytes(units * UNIT_BYTES);
}
