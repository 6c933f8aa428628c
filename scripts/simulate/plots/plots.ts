import type { EChartsOption } from 'echarts';

import { earnsLess } from '../cheats/reference.ts';
import { BOOM, BUST } from '../market/demand.ts';
import type { IndexRecord, SimulationRecord, Weekly } from '../record.ts';
import { estimateOf } from '../statistics.ts';
import { JUDGED } from '../verdicts.ts';
import { type Plot, draw, titleOf, valueAxis } from './chart.ts';

const WEEK = 7;
/** Shocks begin and end on ticks. */
const TICK_DAYS = 30;
/** Without a browser the library guesses how wide a text is, and too little. */
const LEGEND = { bottom: 8, icon: 'roundRect', itemGap: 40 };
const GRID = { left: 70, right: 30, top: 96, bottom: 90 };
/** Cheats lose up to seven months' rent by coming back again and again; that bar would hide all others. */
const LEAST_SHOWN = -2;

const PRICED = new Set(['ours', 'ours, premiums re-tuned weekly', 'own posted asks', 'fixed price 1.25']);
const INDEX_NAMES: Record<IndexRecord['kind'], string> = {
  honest: 'honest',
  sham: 'sham sales, least price',
  terms: 'few units, longest term',
  priced: "sham sales, index's price",
  withhold: 'less declared',
};

/** The plots that a record has figures for. */
export function plotsOf(record: SimulationRecord): Plot[] {
  return [
    ...(record.cases.length > 1 ? [prices(record), bars(record)] : []),
    ...(record.cheats.length > 0 ? [cheats(record)] : []),
    ...(record.index.length > 1 ? [pumped(record)] : []),
  ];
}

function prices({ init, cases }: SimulationRecord): Plot {
  return draw('simulated-prices', {
    title: titleOf('Prices through a boom and a bust', 'weekly mean of what was paid; mean over seeds'),
    ...lines(
      cases.filter(({ name }) => PRICED.has(name)).map(({ name, price }) => ({ name, values: price })),
      init.days,
    ),
    yAxis: { ...valueAxis('price (1 = scale of costs, TiB and month)'), min: 0 },
  });
}

function pumped({ init, index }: SimulationRecord): Plot {
  return draw('simulated-index', {
    title: titleOf(
      'The index when a tenth of the capacity pumps it',
      'weekly mean of the quote, days 150 to 240 pumped; mean over seeds',
    ),
    ...lines(
      index.map(({ kind, quote }) => ({ name: INDEX_NAMES[kind], values: quote })),
      init.days,
    ),
    yAxis: { ...valueAxis('quote (1 = scale of costs, TiB and month)'), min: 0 },
  });
}

/** Lines over the days of a run, with the shocks marked. */
function lines(series: readonly { readonly name: string; readonly values: Weekly }[], days: number): EChartsOption {
  return {
    grid: GRID,
    legend: LEGEND,
    xAxis: { ...valueAxis('day'), nameGap: 28, max: days, interval: TICK_DAYS },
    series: series.map(({ name, values }, index) => ({
      name,
      type: 'line',
      showSymbol: false,
      lineStyle: { width: index === 0 ? 3 : 1.5 },
      data: values.map((value, week) => [week * WEEK, Number(value.toFixed(3))]),
      ...(index === 0
        ? {
            markArea: {
              itemStyle: { color: 'rgba(120, 120, 120, 0.12)' },
              data: [areaOf('demand × 2.2', BOOM), areaOf('demand × 0.45', BUST)],
            },
          }
        : {}),
    })),
  };
}

/** The two corners of a shaded area. */
function areaOf(name: string, { from, until }: { from: number; until: number }): [object, object] {
  return [{ name, xAxis: from }, { xAxis: until }];
}

/** Fill, welfare and provider surplus beside each other, each over that of ours. */
function bars({ cases }: SimulationRecord): Plot {
  const ours = cases.find(({ role }) => role === 'ours');
  const names = { fill: 'fill', welfare: 'welfare', providers: 'provider surplus' };
  return draw(
    'simulated-welfare',
    {
      title: titleOf('Fill, welfare and provider surplus', 'ours = 100; under the same shocks; mean over seeds'),
      grid: { ...GRID, left: 120, top: 70, bottom: 150 },
      legend: LEGEND,
      xAxis: {
        type: 'category',
        data: cases.map(({ name }) => name),
        axisLabel: { rotate: 30, color: '#2b2b2b', interval: 0 },
      },
      yAxis: valueAxis('% of ours'),
      series: JUDGED.map((figure) => ({
        name: names[figure],
        type: 'bar',
        data: cases.map(({ figures }) => {
          const [mean, own] = [figures, ours?.figures ?? []].map(
            (runs) => estimateOf(runs.map((run) => run[figure])).mean,
          );
          return Number(((100 * (mean ?? 0)) / (own ?? 1)).toFixed(1));
        }),
      })),
    },
    520,
  );
}

/** What each cheat earns beyond honesty: to the left of 0 it earns less. */
function cheats({ cheats: results }: SimulationRecord): Plot {
  const rows = results.toReversed();
  return draw(
    'simulated-cheats',
    {
      title: titleOf('What cheats earn beyond honesty', `months of rent a year; below ${LEAST_SHOWN} cut off`),
      grid: { left: 330, right: 40, top: 70, bottom: 60 },
      xAxis: { ...valueAxis('months of rent, less what honesty earns'), nameGap: 30, min: LEAST_SHOWN },
      yAxis: {
        type: 'category',
        data: rows.map(({ name }) => name),
        axisLabel: { color: '#2b2b2b', width: 310, overflow: 'truncate' },
      },
      series: [
        {
          type: 'bar',
          data: rows.map((result) => ({
            value: Number(Math.max(LEAST_SHOWN, result.cheat - result.honest).toFixed(3)),
            itemStyle: { color: earnsLess(result) ? '#0072b2' : '#d55e00' },
          })),
        },
      ],
    },
    640,
  );
}
