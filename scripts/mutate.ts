/**
 * `node scripts/mutate.ts`: plants one small mistake after the other in the contracts and sees whether a test notices.
 * Exits 1 when fewer than 95% are noticed or when more than `--allow` survivors lack an explanation in
 * test/contracts/mutation/survivors.json. Nothing in the checkout is changed: mutants live in memory.
 *
 *   --only Escrow,SumTree    only these sources
 *   --sample 20              so many of each source, chosen by --seed
 *   --budget-minutes 30      stop then; the sources take turns, so each has been tried as far
 *   --seed text              another order, another sample
 *   --workers 2              processes
 *   --allow 0                survivors without an explanation
 *   --json FILE              writes what became of each mutant
 *   --again FILE             only what survived according to a former --json FILE
 *   --list                   only lists the mutants
 */
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './lib/paths.ts';
import { type Baseline, buildBaseline } from './mutate/baseline.ts';
import { type ContractId, readSource, syntaxTrees } from './mutate/compile.ts';
import { TestRunner } from './mutate/edr.ts';
import { type Mutant, mutantsOf } from './mutate/mutants.ts';
import { shuffled, SuiteOrder } from './mutate/plan.ts';
import { type Outcome, runPool } from './mutate/pool.ts';
import { Report } from './mutate/report.ts';
import { Explanations, keyOf } from './mutate/survivors.ts';
import { Laboratory } from './mutate/trial.ts';

/** What is deployed: interfaces hold no code, mocks are tests themselves. */
const SOURCES = { include: 'contracts/**/*.sol', exclude: /^contracts\/(interfaces|mocks)\// };
/** A progress line after so many mutants. */
const PROGRESS_EVERY = 25;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    sample: { type: 'string', default: 'Infinity' },
    'budget-minutes': { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: 'stowmarket' },
    workers: { type: 'string', default: '2' },
    allow: { type: 'string', default: '0' },
    json: { type: 'string' },
    again: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

function allMutants(): Mutant[] {
  const wanted = options.only.split(',').filter(Boolean);
  const files = globSync(SOURCES.include, { cwd: ROOT })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !SOURCES.exclude.test(file))
    .toSorted();
  const names = new Set(files.map((file) => basename(file, '.sol')));
  const unknown = wanted.filter((name) => !names.has(name));
  if (unknown.length > 0) throw new Error(`no contract source is called ${unknown.join(', ')}`);
  const trees = syntaxTrees(files);
  return [...trees]
    .filter(([file]) => wanted.length === 0 || wanted.includes(basename(file, '.sol')))
    .flatMap(([file, ast]) => mutantsOf(file, readSource(file), ast));
}

/** Those that survived a former run, though their lines may have moved since. */
function survivorsAgain(mutants: readonly Mutant[], file: string): Mutant[] {
  const former = JSON.parse(readFileSync(file, 'utf8')) as Outcome[];
  const survived = new Set(former.filter(({ outcome }) => outcome === 'survived').map(({ mutant }) => keyOf(mutant)));
  return mutants.filter((mutant) => survived.has(keyOf(mutant)));
}

/**
 * Runs every suite without a mutant: how long each takes decides their order. One that needs more gas than mutants get, or that is
 * broken, says nothing and is left out.
 */
async function durationsOf(baseline: Baseline): Promise<Map<ContractId, number>> {
  const laboratory = new Laboratory(baseline, await TestRunner.create());
  const durations = new Map<ContractId, number>();
  for (const suite of baseline.suites) {
    const started = performance.now();
    const failed = await laboratory.runSuite(suite, suite.code, new Map());
    if (failed.length === 0) durations.set(suite.id, performance.now() - started);
    else console.log(`left out, fails without a mutant: ${suite.id} ${failed.join(' ')}`);
  }
  return durations;
}

function saveJson({ outcomes }: Report): void {
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(outcomes, null, 2)}\n`);
}

async function tryAll(mutants: readonly Mutant[], report: Report): Promise<void> {
  const started = performance.now();
  const minutes = (): number => (performance.now() - started) / 60_000;
  const baseline = buildBaseline();
  const durations = await durationsOf(baseline);
  const order = new SuiteOrder(baseline, durations);
  console.log(`${durations.size} suites pass without a mutant (${(60 * minutes()).toFixed(0)} s)`);
  const folder = mkdtempSync(join(tmpdir(), 'stowmarket-mutants-'));
  const file = join(folder, 'baseline.json');
  writeFileSync(file, JSON.stringify(baseline));
  const queue = mutants[Symbol.iterator]();
  const onOutcome = (outcome: Outcome): void => {
    report.add(outcome);
    if (outcome.outcome === 'killed') order.noteKill(outcome.mutant, outcome.suite);
    if (report.isOpen(outcome))
      console.log(`survived: ${outcome.mutant.file}:${outcome.mutant.line} ${outcome.mutant.mutated}`);
    const done = report.outcomes.length;
    if (done % PROGRESS_EVERY !== 0) return;
    saveJson(report);
    const { killed, survived } = report.total;
    console.log(
      `${done} of ${mutants.length} (${minutes().toFixed(1)} min): ${killed} killed, ${survived} survived unexplained`,
    );
  };
  const next = () => {
    if (minutes() > Number(options['budget-minutes'])) return undefined;
    const { value: mutant, done } = queue.next();
    return done === true ? undefined : { mutant, suites: order.of(mutant) };
  };
  try {
    await runPool(Number(options.workers), file, next, onOutcome);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`\n${report.outcomes.length} of ${mutants.length} mutants in ${minutes().toFixed(1)} min\n`);
}

const planted = allMutants();
const mutants = options.again === undefined ? planted : survivorsAgain(planted, options.again);
if (options.list) {
  for (const { file, line, operator, original, mutated } of mutants)
    console.log(`${file}:${line}  (${operator})\n  - ${original}\n  + ${mutated}`);
  console.log(`${mutants.length} mutants`);
} else {
  const explanations = Explanations.read();
  const report = new Report(explanations);
  await tryAll(shuffled(mutants, options.seed, Number(options.sample)), report);
  console.log(report.lines().join('\n'));
  saveJson(report);
  const stale = options.only === '' ? explanations.staleAmong(planted) : 0;
  if (stale > 0) console.log(`${stale} explanations speak of mutants that no longer exist`);
  const failure = report.failure(Number(options.allow));
  if (failure !== undefined) console.error(failure);
  process.exitCode = failure === undefined ? 0 : 1;
}
