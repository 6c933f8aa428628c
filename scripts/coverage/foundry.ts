/** Foundry, from a package folder of its own: the registry may lack its binaries for other systems than Linux on x64. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { ROOT } from '../lib/paths.ts';

const FOLDER = join(ROOT, 'test', 'deep', 'foundry');
const PACKAGE = 'node_modules/@foundry-rs/forge-linux-amd64';
/** The binary itself: npm's launcher for it exits 0 when tests fail. */
const FORGE = join(FOLDER, PACKAGE, 'bin', 'forge');
/** Of what a failing command printed: enough for a compiler's words or a few failed tests. */
const TAIL_LINES = 60;
/** Heads the list of failed tests, which follows the table of coverage. */
const FAILURES = '\nFailing tests:';
const TICK_MS = 15_000;

/** Installs Foundry unless the version that its lock file asks for is there. */
export function installFoundry(say: (line: string) => void): void {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`Foundry is pinned for Linux on x64 only, and this is ${process.platform} on ${process.arch}.`);
  const { packages } = JSON.parse(readFileSync(join(FOLDER, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string } | undefined>;
  };
  const wanted = packages[PACKAGE]?.version;
  const manifest = join(FOLDER, PACKAGE, 'package.json');
  if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version === wanted)
    return;
  say(`Installing Foundry ${wanted} (80 MB, once).`);
  // With --prefix: the npm that runs us tells its children that the project's folder is theirs.
  const { status, output } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--prefix', FOLDER], {
    cwd: FOLDER,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm ci failed in ${FOLDER}:\n${tail(output?.join('\n') ?? '')}`);
}

/** Runs the tests in `folder` and writes their coverage to `report`. Throws when a test fails. */
export async function runCoverage(folder: string, report: string, say: (line: string) => void): Promise<string> {
  const args = ['coverage', '--root', folder, '--report', 'lcov', '--report-file', report, '--report', 'summary'];
  const child = spawn(FORGE, [...args, '--color', 'never'], {
    cwd: folder,
    env: {
      ...process.env,
      // The compiler's wrapper runs under the Node that runs this.
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
      FOUNDRY_CONFIG: join(FOLDER, 'foundry.toml'),
      FOUNDRY_SOLC: join(FOLDER, 'solc.mjs'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const started = performance.now();
  const ticker = setInterval(
    () => say(`Forge at work: ${Math.round((performance.now() - started) / 1000)} s`),
    TICK_MS,
  );
  const code = await new Promise<number | null>((done, fail) => {
    child.on('error', fail);
    child.on('close', done);
  }).finally(() => clearInterval(ticker));
  if (code !== 0)
    throw new Error(`forge coverage exited with ${code}:\n${tail(output.slice(output.lastIndexOf(FAILURES) + 1))}`);
  return output;
}

function tail(output: string): string {
  return output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}
