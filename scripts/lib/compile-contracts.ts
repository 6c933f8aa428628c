import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Abi } from 'viem';
import solc from 'solc';
import config from '../../hardhat.config.ts';
import { ROOT } from './paths.ts';

export interface CompilerMessage {
  severity: 'error' | 'warning' | 'info';
  formattedMessage: string;
  sourceLocation?: { file: string };
}

/** One entry of solc's `storageLayout.storage`. */
export interface StorageEntry {
  label: string;
  slot: string;
  offset: number;
  type: string;
}

/** One entry of solc's `storageLayout.types`. */
export interface StorageType {
  label: string;
  numberOfBytes: string;
  encoding: string;
  base?: string;
  key?: string;
  value?: string;
  members?: StorageEntry[];
}

export interface CompiledContract {
  abi: Abi;
  storageLayout?: { storage: StorageEntry[]; types: Record<string, StorageType> | null };
}

export interface CompilerOutput {
  errors?: CompilerMessage[];
  /** By source path relative to the project, then by contract name. */
  contracts?: Record<string, Record<string, CompiledContract>>;
}

/**
 * Compiles `contracts/` alone, without the tests and their libraries, with the settings that Hardhat uses and the same
 * solc. Hardhat's own output does not serve: it holds no storage layout, and the compiler drops warnings after 256.
 *
 * @param outputs which of solc's contract outputs to produce; without bytecode it is several times as fast
 */
export function compileContracts(outputs: readonly string[]): CompilerOutput {
  const files = globSync('contracts/**/*.sol', { cwd: ROOT }).toSorted();
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(files.map((file) => [file, { content: readFileSync(join(ROOT, file), 'utf8') }])),
    settings: { ...hardhatSettings(), outputSelection: { '*': { '*': outputs } } },
  };
  return JSON.parse(solc.compile(JSON.stringify(input), { import: readImport })) as CompilerOutput;
}

/** Throws with the compiler's words when the contracts do not compile. */
export function compiledContracts(outputs: readonly string[]): Record<string, Record<string, CompiledContract>> {
  const { errors = [], contracts = {} } = compileContracts(outputs);
  const fatal = errors.filter(({ severity }) => severity === 'error');
  if (fatal.length > 0) throw new Error(fatal.map(({ formattedMessage }) => formattedMessage).join('\n'));
  return contracts;
}

function hardhatSettings(): object {
  const { solidity } = config;
  if (typeof solidity !== 'object' || !('compilers' in solidity))
    throw new Error('hardhat.config.ts lists no compilers');
  return solidity.compilers[0]?.settings ?? {};
}

function readImport(path: string): { contents: string } | { error: string } {
  const file = join(ROOT, 'node_modules', path);
  return existsSync(file) ? { contents: readFileSync(file, 'utf8') } : { error: `${path} is not in node_modules` };
}
