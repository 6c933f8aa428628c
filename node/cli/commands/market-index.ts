import { plot } from 'simple-ascii-chart';

import { INDEX_HISTORY, readPriceIndex, type IndexState } from '../../chain/actions/read-price-index.ts';
import { gibPriceOfUnitPrice } from '../../market/money.ts';
import { withMarket } from '../client-setup.ts';
import { formatAmount, formatBytes, formatTable } from '../format.ts';
import type { Run } from '../program-context.ts';
import { UNIT_BYTES } from '../../core/units.ts';

export interface IndexOptions {
  chart?: boolean;
}

/** Rows of the chart: it fits a terminal of 24 lines with what stands above it. */
const CHART_ROWS = 12;
const CHART_COLUMNS = 60;
/** What a price in token wei is divided by to become tokens, for the chart's axis only. */
const TOKEN_WEI = 1e18;

/** `market index`: the reference price, what moves it, and how it moved. */
export async function showIndex(run: Run, options: IndexOptions): Promise<void> {
  const state = await withMarket(run, async ({ market }) =>
    readPriceIndex(market.chain, INDEX_HISTORY, { signal: run.signal }),
  );
  const { history, ...now } = state;
  const text = options.chart === true ? `${tableOf(state)}\n\n${chartOf(state)}` : tableOf(state);
  run.output.result({ type: 'market-index', ...now, history }, text);
}

function tableOf({ period, index, quote, utilisation, flow, committed, bonded }: IndexState): string {
  return formatTable(
    ['index', `${formatAmount(gibPriceOfUnitPrice(index))} a GiB and period`],
    [
      ['a pegged ask wants', `${formatAmount(gibPriceOfUnitPrice(quote))} a GiB and period, times its premium`],
      ['period', String(period)],
      ['let', `${percent(utilisation)} of ${bytesOf(bonded)} bonded: ${bytesOf(committed)}`],
      ['sold a period', `${percent(flow)} of the capacity, on average`],
    ],
  );
}

/** The history as a line from the oldest entry to now, in tokens a GiB and period. */
function chartOf({ period, index, history }: IndexState): string {
  const points = [...history].toReversed().map((entry): [number, number] => [entry.period, tokensOf(entry.index)]);
  if (points.at(-1)?.[0] !== period) points.push([period, tokensOf(index)]);
  if (points.length < 2)
    return 'The index has not moved yet: the chart starts with the second period in which something was signed.';
  return plot(points, {
    title: 'tokens a GiB and period, by period',
    width: CHART_COLUMNS,
    height: CHART_ROWS,
    formatter: (value) => Number(value.toPrecision(4)),
  }).trimEnd();
}

function tokensOf(unitPrice: bigint): number {
  return Number(gibPriceOfUnitPrice(unitPrice)) / TOKEN_WEI;
}

function bytesOf(units: bigint): string {
  return formatBytes(Number(units) * UNIT_BYTES);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
