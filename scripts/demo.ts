import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { runDevnet } from './devnet/run.ts';

/** `npm run demo`: the story of `npm start`, then the end. Exits 0 only when every step was checked. */
const FOLDER = fileURLToPath(new URL('../.devnet/demo', import.meta.url));

process.exitCode = await runDevnet(FOLDER, async (_net, say) => {
  say('every step was checked');
});
if (process.exitCode === 0) await rm(FOLDER, { recursive: true, force: true });
