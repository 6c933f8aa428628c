/* oxlint-disable typescript/no-unsafe-type-assertion -- JSON-RPC answers and compiled artifacts have no types; a wrong one fails the checks that follow. */
import type { Artifact, ArtifactResolver } from '@nomicfoundation/ignition-core';
import { type Address, type Hex, isAddressEqual } from 'viem';

import { ARGUMENTS, type DeployedName } from './modules/market.ts';
import type { RpcProvider } from './rpc-provider.ts';

/** What a constructor asks once and does not keep: the PriceIndex copies the clock of the proofs, which must answer before it can be deployed. */
const ASKED_ONCE: Partial<Record<DeployedName, DeployedName>> = { PriceIndex: 'PossessionProofs' };

/**
 * Which addresses a contract keeps as immutables: those that its constructor is given, one by one. The Escrow keeps its lockers in
 * storage, and is checked by what the others do with it in the tests.
 */
function knownBy(name: string): DeployedName[] {
  if (!isDeployedName(name)) return [];
  return ARGUMENTS[name]
    .filter((argument): argument is DeployedName => typeof argument === 'string' && isDeployedName(argument))
    .filter((argument) => argument !== ASKED_ONCE[name]);
}

function isDeployedName(name: string): name is DeployedName {
  return name in ARGUMENTS;
}

interface Check {
  provider: RpcProvider;
  artifacts: ArtifactResolver;
  /** Foretold addresses by contract name. */
  expected: Readonly<Record<string, Address>>;
  /** Where they are. */
  actual: Readonly<Record<string, Address>>;
}

/**
 * Throws unless every contract stands where it was foretold, runs exactly the code that was compiled, and has the addresses of the
 * others among its immutables.
 */
export async function checkDeployment(check: Check): Promise<void> {
  for (const [name, address] of Object.entries(check.expected)) {
    const actual = check.actual[name];
    if (actual === undefined || !isAddressEqual(actual, address)) {
      throw new Error(
        `${name} was to be at ${address} and is at ${actual ?? 'no address'}: something else was sent from the deployer's account meanwhile; ` +
          'deploy again while it does nothing else',
      );
    }
    const code = (await check.provider.request({ method: 'eth_getCode', params: [address, 'latest'] })) as Hex;
    const immutables = readImmutables(await check.artifacts.loadArtifact(name), code, address);
    for (const known of knownBy(name)) {
      if (!immutables.has(wordOf(check.expected[known]))) {
        throw new Error(
          `${name} at ${address} does not know ${known} at ${check.expected[known]}: do not use this deployment`,
        );
      }
    }
  }
}

/** Values of a contract's immutables, as 32-byte words in hex. Throws when the rest of its code is not what was compiled. */
function readImmutables(artifact: Artifact, code: Hex, address: Address): Set<string> {
  const words = new Set<string>();
  let rest: string = code.slice(2);
  for (const { start, length } of Object.values(artifact.immutableReferences ?? {}).flat()) {
    words.add(rest.slice(start * 2, (start + length) * 2));
    rest = rest.slice(0, start * 2) + '0'.repeat(length * 2) + rest.slice((start + length) * 2);
  }
  if (rest !== artifact.deployedBytecode.slice(2)) {
    throw new Error(`the code at ${address} is not that of ${artifact.contractName}: do not use this deployment`);
  }
  return words;
}

function wordOf(address: Address | undefined): string {
  return (address ?? '0x').slice(2).toLowerCase().padStart(64, '0');
}
