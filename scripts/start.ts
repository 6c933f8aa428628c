import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runDevnet } from './devnet/run.ts';

/** `npm start`: a storage market on this machine, its story, and then it stays up. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, '.devnet', 'start');

process.exitCode = await runDevnet(FOLDER, async (net, say, stopped) => {
  const env = join(net.folder, 'env');
  const lines = Object.entries(net.clientEnv).map(([name, value]) => `export ${name}='${value}'`);
  await writeFile(env, `${lines.join('\n')}\n`, { mode: 0o600 });
  say.step('The market stays up until ctrl-C. In another terminal, in this folder:');
  console.log(`
  . ${relative(ROOT, env)}                     # act as the funded client
  npx stowmarket ls
  npx stowmarket status random.bin
  npx stowmarket put README.md
  npx stowmarket get README.md -o /tmp/README.copy.md
  npx stowmarket agreements
  npx stowmarket reputation ${net.providers[0]?.id ?? 1}
  npx stowmarket wallet balance
  STOWMARKET_HOME='${net.providers[0]?.home ?? ''}' npx stowmarket provider status
`);
  await new Promise<void>((resolve) => {
    stopped.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
});
