/**
 * `node scripts/generate-abi.ts` writes the ABI of every interface in contracts/interfaces, but for those of other people's contracts, as a typed
 * constant into node/chain/abi; with `--check` it compares instead, and exits 1 when a file is out of date.
 */
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { type CompiledContract, compiledContracts } from './lib/compile-contracts.ts';
import { ROOT } from './lib/paths.ts';

const FOLDER = join(ROOT, 'node', 'chain', 'abi');

/** `contracts/interfaces/INodeRegistry.sol` -> `NodeRegistry`. */
const nameOf = (source: string): string => basename(source, '.sol').slice(1);
const kebab = (name: string): string => name.replace(/(?<!^)(?=[A-Z])/g, '-').toLowerCase();

async function render(source: string, { abi }: CompiledContract): Promise<[file: string, text: string]> {
  const name = nameOf(source);
  const file = join(FOLDER, `${kebab(name)}.ts`);
  const constant = `${name.charAt(0).toLowerCase()}${name.slice(1)}Abi`;
  const text = `/* Written by scripts/generate-abi.ts from ${source}. */\nexport const ${constant} = ${JSON.stringify(abi)} as const;\n`;
  return [file, await format(text, { ...(await resolveConfig(file)), filepath: file })];
}

const interfaces = Object.entries(compiledContracts(['abi'])).flatMap(([source, contracts]) => {
  const compiled = contracts[`I${nameOf(source)}`];
  return dirname(source) === 'contracts/interfaces' && compiled !== undefined ? [[source, compiled] as const] : [];
});
const wanted = new Map(await Promise.all(interfaces.map(([source, compiled]) => render(source, compiled))));
const present = globSync('*.ts', { cwd: FOLDER }).map((file) => join(FOLDER, file));

const stale = [...wanted].filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text);
const orphans = present.filter((file) => !wanted.has(file));

if (process.argv.includes('--check')) {
  for (const [file] of stale) console.error(`${file} is not what its interface compiles to.`);
  for (const file of orphans) console.error(`${file} has no interface in contracts/interfaces.`);
  if (stale.length + orphans.length > 0) {
    console.error('Run `node scripts/generate-abi.ts` and commit node/chain/abi.');
    process.exitCode = 1;
  } else console.log(`${wanted.size} ABIs up to date`);
} else {
  for (const [file, text] of stale) writeFileSync(file, text);
  for (const file of orphans) rmSync(file);
  console.log(`${stale.length} ABIs written, ${orphans.length} removed, ${wanted.size - stale.length} unchanged`);
}
