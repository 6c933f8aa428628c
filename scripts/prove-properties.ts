/**
 * `npm run test:formal` proves properties of our contracts with solc's SMTChecker, and exits 1 when one is violated or unproved, when
 * fewer are proved than before, when a proof holds for no state at all, or when the checker "proves" the canary.
 * `… FILE…` looks at these harnesses only. See test/formal/README.md.
 */
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HARNESSES, type Property, readHarness, type Verdict, verdictsOf, withoutHope } from './lib/formal/harness.ts';
import { ROOT } from './lib/paths.ts';

/** Properties that are proved today. A harness that is lost must not pass unnoticed. */
const PROVED_PROPERTIES = 94;
/** False on purpose: the checker must refute it. */
const CANARY = `${HARNESSES}/canary/Canary.sol`;
/**
 * Of wall-clock time, for one harness. The slowest takes 83 s on a machine with seven other programs for each core; ten times that is more than patience.
 * The checker has its own limit of steps for each query, so only a broken one gets here.
 */
const HARNESS_LIMIT_MS = 900_000;
/** Each takes a core and 300 MB; more than the cores of a small machine would only share them. */
const PARALLEL_HARNESSES = 2;
/** Of a child's output: verdicts are a few hundred bytes, a compiler error some thousand. */
const OUTPUT_LIMIT_BYTES = 1 << 20;

type Mode = 'prove' | 'reach';

interface Outcome {
  verdicts: Verdict[];
  seconds: number;
  /** Why there are no verdicts. */
  error?: string;
}

async function main(args: string[]): Promise<void> {
  if (args[0] === '--one') {
    const [, mode, file = ''] = args;
    const harness = readHarness(file);
    console.log(JSON.stringify(verdictsOf(mode === 'reach' ? withoutHope(harness) : harness)));
    return;
  }
  const files = args.length > 0 ? args : harnessFiles();
  const canary = await inChild('prove', CANARY);
  const refuted = canary.verdicts.length > 0 && canary.verdicts.every((verdict) => verdict === 'violated');
  console.log(
    refuted ? 'The canary is refuted, as it must be.\n' : `THE CANARY IS NOT REFUTED. ${canary.error ?? ''}\n`,
  );
  console.log(row('property', 'engine', 'seconds', 'proved'));
  let proved = 0;
  let failed = 0;
  await eachInParallel(files, async (file) => {
    const counts = await proveHarness(file);
    proved += counts.proved;
    failed += counts.failed;
  });
  const expected = args.length > 0 ? 0 : PROVED_PROPERTIES;
  console.log(
    `\n${proved} properties proved, ${failed} not${proved < expected ? `; ${expected} were proved before` : ''}`,
  );
  process.exitCode = refuted && failed === 0 && proved >= expected ? 0 : 1;
}

/** Abstract contracts are not harnesses. */
function harnessFiles(): string[] {
  return globSync(`${HARNESSES}/*.sol`, { cwd: ROOT })
    .filter((file) => basename(file) !== 'StandIns.sol')
    .toSorted();
}

async function proveHarness(file: string): Promise<{ proved: number; failed: number }> {
  const harness = readHarness(file);
  const outcome = await inChild('prove', file);
  const reach = await inChild('reach', file);
  // "Proved" although nothing satisfies it: no state gets there.
  const unreached = withoutHope(harness).properties.filter((_, i) => reach.verdicts[i] === 'safe');
  let proved = 0;
  harness.properties.forEach((property, i) => {
    const verdict = wordFor(property, outcome.verdicts[i], unreached);
    if (verdict === 'yes') proved += 1;
    console.log(row(property.name, harness.engine, outcome.seconds.toFixed(1), verdict));
    if (verdict !== 'yes') console.log(`    ${property.statement}`);
  });
  for (const { error } of [outcome, reach]) if (error !== undefined) console.log(`    ${file}: ${error}`);
  const problems = reach.error === undefined ? 0 : 1;
  return { proved, failed: harness.properties.length - proved + problems };
}

function wordFor({ name }: Property, verdict: Verdict | undefined, unreached: readonly Property[]): string {
  if (unreached.some((property) => property.name === name)) return 'NO STATE GETS THERE';
  if (verdict === 'safe') return 'yes';
  return verdict === 'violated' ? 'VIOLATED' : 'NO';
}

/** A process of its own: the checker blocks its thread, and only a process can be stopped from outside. */
function inChild(mode: Mode, file: string): Promise<Outcome> {
  const started = performance.now();
  const options = {
    cwd: ROOT,
    timeout: HARNESS_LIMIT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: OUTPUT_LIMIT_BYTES,
  } as const;
  const flags = ['--disable-warning=ExperimentalWarning', fileURLToPath(import.meta.url), '--one', mode, file];
  return new Promise((done) => {
    execFile(process.execPath, flags, options, (error, stdout, stderr) => {
      const seconds = (performance.now() - started) / 1000;
      if (error === null) done({ verdicts: JSON.parse(stdout) as Verdict[], seconds });
      else if (error.killed === true) done({ verdicts: [], seconds, error: `stopped after ${HARNESS_LIMIT_MS} ms` });
      else done({ verdicts: [], seconds, error: stderr.trim() });
    });
  });
}

async function eachInParallel(files: readonly string[], work: (file: string) => Promise<void>): Promise<void> {
  const queue = [...files];
  const worker = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) await work(file);
  };
  await Promise.all(Array.from({ length: PARALLEL_HARNESSES }, worker));
}

function row(name: string, engine: string, seconds: string, proved: string): string {
  return `${name.padEnd(24)} ${engine.padEnd(6)} ${seconds.padStart(7)}  ${proved}`;
}

await main(process.argv.slice(2));
