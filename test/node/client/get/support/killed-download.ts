/**
 * Runs one download and kills itself with SIGKILL right before, or right after, its n-th step that changes the disk; without one that
 * late, it prints the number of steps. Arguments: the download as JSON, n, `before` or `after`.
 */
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

import type { Download } from './download.ts';

type Call = (...args: unknown[]) => Promise<unknown>;

const [init = '{}', killAt = '0', when = 'before'] = process.argv.slice(2);
let steps = 0;

function counted(target: object, name: string): void {
  const original = Reflect.get(target, name) as Call;
  Reflect.set(target, name, async function (this: unknown, ...args: unknown[]) {
    steps++;
    const mine = steps === Number(killAt);
    if (mine && when === 'before') process.kill(process.pid, 'SIGKILL');
    const result = await original.apply(this, args);
    if (mine) process.kill(process.pid, 'SIGKILL');
    return result;
  });
}

const probe = await fsp.open('/dev/null');
const handles = Object.getPrototypeOf(probe) as object;
await probe.close();
for (const name of ['write', 'writev', 'sync', 'datasync', 'truncate', 'chmod', 'utimes']) counted(handles, name);
for (const name of ['mkdir', 'rename', 'link', 'rm', 'utimes']) counted(fsp, name);
// The tar library writes with callbacks.
const { write } = fs;
Reflect.set(fs, 'write', (...args: unknown[]) => {
  steps++;
  if (steps === Number(killAt)) process.kill(process.pid, 'SIGKILL');
  return Reflect.apply(write, fs, args) as unknown;
});
syncBuiltinESMExports();

const { download } = await import('./download.ts');
await download(JSON.parse(init) as Download);
process.stdout.write(String(steps));
