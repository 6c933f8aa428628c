import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { audit } from './devnet/audit.ts';
import { runDevnet } from './devnet/run.ts';

/**
 * `npm run demo [-- [--audit] [FOLDER]]`: the story of `npm start`, then the end. With `--audit`, everything that happened is
 * recomputed from the event log and compared with the chain. Exits 0 only when every step was checked.
 */
const { values, positionals } = parseArgs({ options: { audit: { type: 'boolean' } }, allowPositionals: true });
const [given] = positionals;
const FOLDER = given === undefined ? fileURLToPath(new URL('../.devnet/demo', import.meta.url)) : resolve(given);

process.exitCode = await runDevnet(FOLDER, async (net, say) => {
  if (values.audit === true) await audit(net, say);
  say('every step was checked');
});
if (process.exitCode === 0) await rm(FOLDER, { recursive: true, force: true });
