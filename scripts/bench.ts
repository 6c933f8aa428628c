/**
 * `npm run bench` measures everything and prints tables; `-- --only gas,transport` only these, `-- --json FILE` writes
 * the rows too, `-- --size 256` moves files of so many MiB in place of 1024, and of 16,384 in `large`.
 */
import { parseArgs } from 'node:util';
import { judge, type BenchOptions, type JudgedRow, type Row, table, writeRows } from './bench/reporter.ts';

const MEBIBYTE = 1_048_576;

/** What a transfer moves, in MiB: enough that its start does not count. */
const USUAL_MIB = 1_024;
/** What memory is measured with: far more than any machine's caches. */
const LARGE_MIB = 16_384;

interface Suite {
  title: string;
  load: () => Promise<{ rows: (options: BenchOptions) => Promise<Row[]> }>;
}

/** In the order in which they run: what is sure first. */
const SUITES: Readonly<Record<string, Suite>> = {
  gas: { title: 'Gas of each journey, whole transactions', load: () => import('./bench/gas.ts') },
  'gas-growth': {
    title: 'Gas as state grows, whole transactions',
    load: () => import('./bench/gas-growth.ts'),
  },
  'data-stages': { title: 'Stages of the data path', load: () => import('./bench/data-stages.ts') },
  index: {
    title: 'The index of events, 100,000 asks of 10,000 providers',
    load: () => import('./bench/index-size.ts'),
  },
  transport: { title: 'Transport, two processes on loopback', load: () => import('./bench/transport.ts') },
  vouchers: { title: 'Paid reads, two processes on loopback', load: () => import('./bench/vouchers.ts') },
  'put-get': { title: 'Put and get, eight provider processes on a devnet', load: () => import('./bench/put-get.ts') },
  range: { title: 'First byte of a range, 20 ms away', load: () => import('./bench/range-read.ts') },
  large: { title: 'Memory of a large object', load: () => import('./bench/large-object.ts') },
  packs: {
    title: '10,000 files of 1 KiB, one by one and in a pack, at 4 of 6 for 90 periods on a devnet',
    load: () => import('./bench/packs.ts'),
  },
};

const { values } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'string' }, size: { type: 'string' } },
});
const options: BenchOptions = {
  sizeBytes: Number(values.size ?? USUAL_MIB) * MEBIBYTE,
  largeBytes: Number(values.size ?? LARGE_MIB) * MEBIBYTE,
};
if (!Number.isSafeInteger(options.sizeBytes) || options.sizeBytes < MEBIBYTE) {
  console.error(`--size ${values.size} is no whole number of MiB.`);
  process.exit(2);
}
const names = values.only?.split(',') ?? Object.keys(SUITES);

const unknown = names.filter((name) => SUITES[name] === undefined);
if (unknown.length > 0) {
  console.error(`No benchmark ${unknown.join(', ')}. There are ${Object.keys(SUITES).join(', ')}.`);
  process.exit(2);
}

const all: JudgedRow[] = [];
for (const name of names) {
  const suite = SUITES[name];
  if (suite === undefined) continue;
  const { rows } = await suite.load();
  const judged = (await rows(options)).map(judge);
  console.log(`${table(suite.title, judged)}\n`);
  all.push(...judged);
}

const barred = all.filter(({ ok }) => ok !== undefined);
if (barred.length > 0) console.log(`${barred.filter(({ ok }) => ok).length} of ${barred.length} bars met`);
if (values.json !== undefined) await writeRows(values.json, all);
