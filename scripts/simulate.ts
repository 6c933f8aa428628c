/**
 * `npm run simulate`: the market under shocks, with prices that come about in several ways, and what cheats earn in it, with the defaults of a
 * public network. Prints tables and verdicts, and exits 1 when a verdict is not met.
 *
 * `-- --only market,cheats,index` runs parts; `--seeds N --days N --providers N --years N` change its size; `--json FILE` writes what tables and plots show;
 * `--plots DIR` draws, and without any of these the whole goes into docs/plots. `--from FILE` shows what such a file says, and runs nothing.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { ROOT } from './lib/paths.ts';
import { SHORTEST_RUN } from './simulate/market/demand.ts';
import { plotsOf } from './simulate/plots/plots.ts';
import { Progress } from './simulate/progress.ts';
import { type SimulationRecord, recordOf } from './simulate/record.ts';
import { reportOf } from './simulate/report/report.ts';
import { runAll } from './simulate/run-all.ts';
import { PARTS, type SimulationInit, marketsOf, simulate } from './simulate/simulation.ts';

const SIZES = {
  seeds: 5,
  /** Two years, with the last shock 150 days before the end: agreements of the longest term end within. */
  days: 720,
  /** Twice the candidates of a shard: who is near decides, as in a large market. */
  providers: 120,
  /** Standard errors of a hundredth of a month. */
  years: 4_000,
};
const DOCUMENTED = join(ROOT, 'docs/plots');
const RECORD = 'simulation.json';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: { only: text, seeds: text, days: text, providers: text, years: text, plots: text, json: text, from: text },
});

const started = performance.now();
const record =
  values.from === undefined ? await run() : (JSON.parse(await readFile(values.from, 'utf8')) as SimulationRecord);
console.log(reportOf(record));
if (values.from === undefined) console.log(`${((performance.now() - started) / 60_000).toFixed(1)} minutes`);
const whole = Object.values(values).every((value) => value === undefined);
// What the documentation shows is replaced by the whole simulation only.
const folder = values.plots ?? (whole ? DOCUMENTED : undefined);
if (folder !== undefined) await draw(folder);
const file = values.json ?? (whole ? join(DOCUMENTED, RECORD) : undefined);
if (file !== undefined) await writeFile(file, `${JSON.stringify(record)}\n`);
process.exitCode = record.verdicts.every(({ met }) => met) ? 0 : 1;

async function run(): Promise<SimulationRecord> {
  const init = initOf();
  const progress = new Progress(marketsOf(init));
  return recordOf(init, await simulate(init, (inits) => runAll(inits, progress.step)));
}

async function draw(into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  for (const { name, svg } of plotsOf(record)) await writeFile(join(into, `${name}.svg`), svg);
}

function initOf(): SimulationInit {
  const names = values.only?.split(',') ?? [...PARTS];
  const parts = PARTS.filter((part) => names.includes(part));
  if (parts.length !== names.length) refuse(`--only takes ${PARTS.join(', ')}, not ${names.join(', ')}`);
  const count = (name: keyof typeof SIZES): number => {
    const number = Number(values[name] ?? SIZES[name]);
    if (!Number.isSafeInteger(number) || number < 1) refuse(`--${name} ${values[name]} is not a whole number above 0`);
    return number;
  };
  const days = count('days');
  if (days < SHORTEST_RUN) refuse(`--days ${days} is too few: both shocks need ${SHORTEST_RUN}`);
  return { parts, seeds: count('seeds'), days, providers: count('providers'), years: count('years') };
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
