import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import solc from 'solc';
import { ROOT } from '../paths.ts';
import { slicesOf } from './slices.ts';

export const HARNESSES = 'test/formal';

export type Engine = 'bmc' | 'chc';

/** `safe`: proved. `violated`: the checker has a counterexample. `unknown`: neither. */
export type Verdict = 'safe' | 'violated' | 'unknown';

export interface Property {
  name: string;
  statement: string;
  /** Where its `assert` starts in the expanded source. */
  offset: number;
}

export interface Harness {
  file: string;
  contract: string;
  engine: Engine;
  /** Source with the slices filled in. */
  content: string;
  properties: Property[];
}

interface CheckerOutput {
  errors?: {
    severity: string;
    message: string;
    formattedMessage: string;
    sourceLocation?: { file: string; start: number };
  }[];
}

/** True of no state. The checker takes what it has looked at for granted, so only the last of a function says something. */
const HOPELESS = 'assert(1 > 2);';
const PROPERTY = /\/\/ property ([\w-]+): (.+)\n\s*assert\(/g;

export function readHarness(file: string): Harness {
  const written = readFileSync(join(ROOT, file), 'utf8');
  const options = { inPlace: listOf(written, 'in place'), stubs: listOf(written, 'stubs') };
  const filled = written.replaceAll(/\/\/ take (\S+): (.+)/g, (_, from: string, names: string) =>
    slicesOf(from, readFileSync(join(ROOT, from), 'utf8'), names.split(', '), options),
  );
  // solc counts bytes: with ASCII alone, which comments do not keep to, they are characters.
  const content = filled.replaceAll(/[^\n\u0020-\u007e]/gu, '?');
  const properties = [...content.matchAll(PROPERTY)].map(([whole, name = '', statement = ''], i, all) => ({
    name,
    statement,
    offset: (all[i]?.index ?? 0) + whole.length - 'assert('.length,
  }));
  const engine = listOf(written, 'engine')[0] === 'chc' ? 'chc' : 'bmc';
  return { file, contract: basename(file, '.sol'), engine, content, properties };
}

function listOf(text: string, word: string): string[] {
  return new RegExp(`// ${word}: (.+)`).exec(text)?.[1]?.split(', ') ?? [];
}

/**
 * The same harness, with an assertion that no state satisfies before the last property of each function. If that is "proved",
 * nothing ever gets there, and what was proved says nothing.
 */
export function withoutHope(harness: Harness): Harness {
  const { content, properties } = harness;
  const last = properties.filter(({ offset }, i) => {
    const next = properties[i + 1];
    return next === undefined || /\n {4}function /.test(content.slice(offset, next.offset));
  });
  let changed = content;
  for (const { offset } of last.toReversed()) {
    changed = `${changed.slice(0, offset)}${HOPELESS}${changed.slice(offset)}`;
  }
  return {
    ...harness,
    content: changed,
    properties: last.map((property, i) => ({ ...property, offset: property.offset + i * HOPELESS.length })),
  };
}

/** Asks the checker, without a limit of time: whoever calls this in a process of its own sets one. */
export function verdictsOf({ file, contract, engine, content, properties }: Harness): Verdict[] {
  const input = {
    language: 'Solidity',
    sources: { [file]: { content } },
    settings: {
      evmVersion: 'prague',
      outputSelection: {},
      // No `timeout`: with one, the checker starts a thread and the process dies.
      modelChecker: {
        contracts: { [file]: [contract] },
        engine,
        solvers: ['z3'],
        targets: ['assert'],
        showProvedSafe: true,
        showUnproved: true,
      },
    },
  };
  const { errors = [] } = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport })) as CheckerOutput;
  const fatal = errors.filter(({ severity }) => severity === 'error');
  if (fatal.length > 0) throw new Error(fatal.map(({ formattedMessage }) => formattedMessage).join('\n'));
  const at = new Map(errors.map(({ message, sourceLocation }) => [sourceLocation?.start, message]));
  return properties.map(({ offset }) => {
    const message = at.get(offset) ?? '';
    if (message.includes('check is safe')) return 'safe';
    return message.includes('violation happens here') ? 'violated' : 'unknown';
  });
}

function readImport(path: string): { contents: string } | { error: string } {
  const file = [join(ROOT, path), join(ROOT, 'node_modules', path)].find(existsSync);
  return file === undefined ? { error: `${path} is not there` } : { contents: readFileSync(file, 'utf8') };
}
