/* oxlint-disable typescript/no-unsafe-type-assertion -- JSON-RPC answers and compiled artifacts have no types; a wrong one fails the checks that follow. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Artifact, ArtifactResolver } from '@nomicfoundation/ignition-core';

/** Where `hardhat build` puts what it compiles. */
export const ARTIFACTS_DIR = fileURLToPath(new URL('../artifacts', import.meta.url));

/** The development token is no part of the market. */
const FOLDERS: Readonly<Record<string, string>> = { DevToken: 'contracts/mocks' };

/**
 * Reads compiled contracts, each once: a build that runs meanwhile must not mix its code with what was deployed. Throws with the command
 * that compiles them when they are missing.
 */
export class ArtifactFolder implements ArtifactResolver {
  readonly #directory: string;
  readonly #loaded = new Map<string, Promise<Artifact>>();

  constructor(directory: string = ARTIFACTS_DIR) {
    this.#directory = directory;
  }

  async loadArtifact(contractName: string): Promise<Artifact> {
    const loaded = this.#loaded.get(contractName) ?? this.#read(contractName);
    this.#loaded.set(contractName, loaded);
    return loaded;
  }

  async #read(contractName: string): Promise<Artifact> {
    const path = join(
      this.#directory,
      FOLDERS[contractName] ?? 'contracts',
      `${contractName}.sol`,
      `${contractName}.json`,
    );
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      throw new Error(`${contractName} is not compiled (${path} is missing): run \`npm run build\` first`, {
        cause: error,
      });
    }
    return JSON.parse(text) as Artifact;
  }

  /** Ignition asks for the compiler's input only to keep it beside its journal, and none is kept. */
  async getBuildInfo(): Promise<undefined> {
    return undefined;
  }
}
