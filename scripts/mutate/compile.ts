import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Abi } from 'viem';
import solc from 'solc';
import { ROOT } from '../lib/paths.ts';
import type { AstNode } from './ast.ts';

/** `file:Contract`. */
export type ContractId = string;

export interface Compiled {
  abi: Abi;
  /** Creation code in hex, without 0x and without metadata: equal code means an equal contract. */
  code: string;
  /** Files whose statements and expressions ended up in the code, inherited and inlined ones too. */
  sources: string[];
}

interface SolcBytecode {
  object: string;
  sourceMap: string;
}

interface SolcOutput {
  errors?: { severity: string; formattedMessage: string }[];
  sources?: Record<string, { id: number; ast?: AstNode }>;
  contracts?: Record<
    string,
    Record<string, { abi: Abi; evm?: { bytecode: SolcBytecode; deployedBytecode: SolcBytecode } }>
  >;
}

export class CompileError extends Error {}

const REMAPPINGS = readFileSync(join(ROOT, 'remappings.txt'), 'utf8').split('\n').filter(Boolean);

const texts = new Map<string, string>();

/** Every source read so far. */
export function sourcesRead(): [name: string, text: string][] {
  return [...texts];
}

/** Sources as they were when the run began: whoever edits them meanwhile changes nothing. */
export function useSources(sources: readonly [name: string, text: string][]): void {
  for (const [name, text] of sources) texts.set(name, text);
}

/** A source by the name that solc has for it. */
export function readSource(name: string): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const path = [join(ROOT, name), join(ROOT, 'node_modules', name)].find(existsSync);
  if (path === undefined) throw new CompileError(`${name}: no such source`);
  const text = readFileSync(path, 'utf8');
  texts.set(name, text);
  return text;
}

/** A source that stands in for the one on disk. */
export interface Replacement {
  file: string;
  text: string;
}

function run(
  files: readonly string[],
  selection: Record<string, Record<string, string[]>>,
  optimized: boolean,
  replacement?: Replacement,
): SolcOutput {
  const textOf = (name: string): string => (name === replacement?.file ? replacement.text : readSource(name));
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(files.map((file) => [file, { content: textOf(file) }])),
    settings: {
      remappings: REMAPPINGS,
      viaIR: false,
      evmVersion: 'prague',
      optimizer: { enabled: optimized, runs: 200 },
      metadata: { appendCBOR: false },
      outputSelection: selection,
    },
  };
  const readImport = (name: string): { contents: string } | { error: string } => {
    try {
      return { contents: textOf(name) };
    } catch (error) {
      return { error: String(error) };
    }
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport })) as SolcOutput;
  const fatal = output.errors?.find(({ severity }) => severity === 'error');
  if (fatal !== undefined) throw new CompileError(fatal.formattedMessage);
  return output;
}

const CODE_OUTPUTS = ['abi', 'evm.bytecode.object', 'evm.bytecode.sourceMap', 'evm.deployedBytecode.sourceMap'];

/** Indexes of the files that a source map (`start:length:file:jump:depth;...`) mentions. */
function filesIn(sourceMap: string): Set<number> {
  const indexes = new Set<number>();
  for (const entry of sourceMap.split(';')) {
    const index = entry.split(':')[2];
    if (index !== undefined && index !== '') indexes.add(Number(index));
  }
  return indexes;
}

function compiledOf(output: SolcOutput): Map<ContractId, Compiled> {
  const names = new Map(Object.entries(output.sources ?? {}).map(([name, { id }]) => [id, name]));
  const compiled = new Map<ContractId, Compiled>();
  for (const [file, contracts] of Object.entries(output.contracts ?? {}))
    for (const [name, { abi, evm }] of Object.entries(contracts)) {
      if (evm === undefined || evm.bytecode.object === '') continue;
      const indexes = [...filesIn(evm.bytecode.sourceMap), ...filesIn(evm.deployedBytecode.sourceMap)];
      const sources = new Set(indexes.map((index) => names.get(index) ?? '').filter(Boolean));
      compiled.set(`${file}:${name}`, { abi, code: evm.bytecode.object, sources: [...sources] });
    }
  return compiled;
}

/** Every contract that the files and their imports declare. */
export function compileAll(files: readonly string[]): Map<ContractId, Compiled> {
  return compiledOf(run(files, { '*': { '*': CODE_OUTPUTS } }, false));
}

/** Only some contracts, the others are read but not translated. */
export function compileSome(
  ids: readonly ContractId[],
  optimized: boolean,
  replacement?: Replacement,
): Map<ContractId, Compiled> {
  const selection: Record<string, Record<string, string[]>> = {};
  for (const id of ids) {
    const [file = '', name = ''] = id.split(':');
    (selection[file] ??= {})[name] = CODE_OUTPUTS;
  }
  return compiledOf(run(Object.keys(selection), selection, optimized, replacement));
}

/** The syntax trees of some files. */
export function syntaxTrees(files: readonly string[], replacement?: Replacement): Map<string, AstNode> {
  const selection = Object.fromEntries(files.map((file) => [file, { '': ['ast'] }]));
  const { sources = {} } = run(files, selection, false, replacement);
  return new Map(
    files.flatMap((file): [string, AstNode][] => {
      const ast = sources[file]?.ast;
      return ast === undefined ? [] : [[file, ast]];
    }),
  );
}
