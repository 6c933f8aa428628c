import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runDevnet } from './devnet/run.ts';

/** `npm run demo [-- FOLDER]`: the story of `npm start`, then the end. Exits 0 only when every step was checked. */
const [, , given] = process.argv;
const FOLDER = given === undefined ? fileURLToPath(new URL('../.devnet/demo', import.meta.url)) : resolve(given);

process.exitCode = await runDevnet(FOLDER, async (_net, say) => {
  say('every step was checked');
});
if (process.exitCode === 0) await rm(FOLDER, { recursive: true, force: true });
