import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The story takes some three minutes alone on two cores, most of it waiting for periods; machines are shared. */
const STORY_TIMEOUT_MS = 900_000;
const INTERRUPT_TIMEOUT_MS = 300_000;

describe('the story of npm start, with a real chain, eight provider processes and a client', () => {
  let folder: string;
  let child: ChildProcess | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stowmarket-e2e-'));
  });

  afterEach(async () => {
    child?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  function startDemo(): { output: () => string; exit: Promise<unknown[]> } {
    let output = '';
    const demo = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', 'scripts/demo.ts', join(folder, 'net')],
      {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    child = demo;
    demo.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    demo.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return { output: () => output, exit: once(demo, 'exit') };
  }

  it('stores, pays, proves, survives a kill and a loss, compensates, and gives every byte back', async function () {
    this.timeout(STORY_TIMEOUT_MS);
    const { output, exit } = startDemo();
    const [code] = await exit;
    expect(code, output()).to.equal(0);
    for (const line of [
      'got SIGKILL',
      'admitted that it lost agreement',
      'the fourth in a row',
      'to the client',
      'to the wei',
      'every step was checked',
    ])
      expect(output()).to.include(line);
  });

  it('stops everything that it started when it is interrupted', async function () {
    this.timeout(INTERRUPT_TIMEOUT_MS);
    const { output, exit } = startDemo();
    while (!output().includes('provider-1 is provider')) {
      expect(child?.exitCode, output()).to.equal(null);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const pids = [...output().matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid));
    child?.kill('SIGINT');
    const [code] = await exit;
    expect(code, output()).to.equal(130);
    for (const pid of pids) expect(() => process.kill(pid, 0), `process ${pid} still runs`).to.throw('ESRCH');
    expect(await readdir(join(folder, 'net', 'logs'))).to.include('chain.log');
  });
});
