import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Journeys, measureJourneys } from './gas/journeys.ts';

/**
 * `node scripts/gas.ts` measures the journeys and writes snapshots/gas.json; with `--check` it compares instead, and exits 1 when a
 * figure moved or a journey came or went.
 */
const FILE = fileURLToPath(new URL('../snapshots/gas.json', import.meta.url));

const measured = await measureJourneys();
if (process.argv.includes('--check')) {
  const committed = JSON.parse(await readFile(FILE, 'utf8')) as Journeys;
  const moved = [...new Set([...Object.keys(committed), ...Object.keys(measured)])].filter(
    (name) => committed[name] !== measured[name],
  );
  for (const name of moved)
    console.error(`${name}: ${committed[name] ?? 'absent'} in snapshots/gas.json, ${measured[name] ?? 'absent'} now`);
  if (moved.length > 0) {
    console.error('Gas moved. When that is meant, run `node scripts/gas.ts` and commit snapshots/gas.json.');
    process.exitCode = 1;
  } else console.log(`gas: ${Object.keys(measured).length} journeys as in the snapshot`);
} else {
  await writeFile(FILE, `${JSON.stringify(measured, null, 2)}\n`);
  console.log(JSON.stringify(measured, null, 2));
}
