/**
 * `node scripts/storage-layout.ts` writes where each contract keeps each variable to snapshots/storage-layout.json; with
 * `--check` it compares instead, and exits 1 with the differences. Layout is part of what a deployment promises to
 * tools that read storage, and a variable that slips out of its packed slot costs 2,100 gas at each first access.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import {
  type CompiledContract,
  compiledContracts,
  type StorageEntry,
  type StorageType,
} from './lib/compile-contracts.ts';
import { ROOT } from './lib/paths.ts';

/** Of one contract: its variables, and the structs that they reach, each as `slot +offset [bytes] name: type`. */
interface Layout {
  variables: string[];
  structs: Record<string, string[]>;
}

const FILE = join(ROOT, 'snapshots', 'storage-layout.json');

function layoutOf({ storageLayout }: CompiledContract): Layout {
  const types = storageLayout?.types ?? {};
  const typeOf = (id: string): StorageType => {
    const type = types[id];
    if (type === undefined) throw new Error(`solc names the type ${id} without describing it`);
    return type;
  };
  const line = ({ slot, offset, label, type }: StorageEntry): string =>
    `${slot} +${offset} [${typeOf(type).numberOfBytes}] ${label}: ${typeOf(type).label}`;
  // By label: the ids contain numbers of syntax nodes, which move with every edit anywhere.
  const structs = Object.values(types)
    .filter(({ members }) => members !== undefined)
    .map(({ label, members = [] }) => [label, members.map(line)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { variables: (storageLayout?.storage ?? []).map(line), structs: Object.fromEntries(structs) };
}

/** Of every contract that is deployed, which are those directly in contracts/. */
function currentLayouts(): Record<string, Layout> {
  const layouts: Record<string, Layout> = {};
  for (const [source, contracts] of Object.entries(compiledContracts(['storageLayout']))) {
    const name = basename(source, '.sol');
    const compiled = contracts[name];
    if (/^contracts\/[^/]+$/.test(source) && compiled !== undefined) layouts[name] = layoutOf(compiled);
  }
  return layouts;
}

function linesOf(layouts: Record<string, Layout>): Set<string> {
  const lines = Object.entries(layouts).flatMap(([name, { variables, structs }]) => [
    ...variables.map((line) => `${name}: ${line}`),
    ...Object.entries(structs).flatMap(([struct, members]) => members.map((line) => `${name}: ${struct}: ${line}`)),
  ]);
  return new Set(lines);
}

const current = currentLayouts();
if (process.argv.includes('--check')) {
  const committed = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Layout>) : {};
  const before = linesOf(committed);
  const after = linesOf(current);
  const differences = [
    ...[...before].filter((line) => !after.has(line)).map((line) => `- ${line}`),
    ...[...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
  ];
  if (differences.length > 0) {
    console.error(differences.join('\n'));
    console.error(
      `Storage moved. When that is meant, run \`node scripts/storage-layout.ts\` and commit ${relative(ROOT, FILE)}.`,
    );
    process.exitCode = 1;
  } else console.log(`storage layout of ${Object.keys(current).length} contracts as in the snapshot`);
} else {
  writeFileSync(FILE, `${JSON.stringify(current, null, 2)}\n`);
  console.log(`${relative(ROOT, FILE)}: ${Object.keys(current).length} contracts`);
}
