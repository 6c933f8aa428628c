/* oxlint-disable typescript/no-unsafe-type-assertion -- compiled artifacts have no types; a wrong one is refused here. */
import type { ArtifactResolver } from '@nomicfoundation/ignition-core';
import type { Abi } from 'viem';

import type { MarketParameters } from './parameters/market-parameters.ts';

const CONTRACT_OF: Readonly<Record<keyof MarketParameters, string>> = {
  proofs: 'PossessionProofs',
  collateral: 'Collateral',
  reputation: 'Reputation',
  agreements: 'Agreements',
  audits: 'Audits',
  priceIndex: 'PriceIndex',
  repairs: 'Repairs',
  channels: 'RetrievalChannels',
  demands: 'Demands',
};

/**
 * Throws unless the parameters have exactly the members of the constructors' structs. Encoding would drop a member that a contract does
 * not know, and a deployment would lack what its parameters promise.
 */
export async function requireKnownParameters(artifacts: ArtifactResolver, parameters: MarketParameters): Promise<void> {
  for (const [section, contract] of Object.entries(CONTRACT_OF)) {
    const given = Object.keys(parameters[section as keyof MarketParameters]);
    const known = structMembers((await artifacts.loadArtifact(contract)).abi as Abi);
    const unknown = given.filter((name) => !known.includes(name));
    const missing = known.filter((name) => !given.includes(name));
    if (unknown.length === 0 && missing.length === 0) continue;
    throw new Error(
      `the parameters do not fit ${contract}: unknown there: ${unknown.join(', ') || 'none'}; missing: ${missing.join(', ') || 'none'}. ` +
        'Bring deploy/parameters and the contract in line',
    );
  }
}

function structMembers(abi: Abi): string[] {
  const inputs = abi.find((item) => item.type === 'constructor')?.inputs ?? [];
  return inputs.flatMap((input) => ('components' in input ? input.components.map(({ name }) => name ?? '') : []));
}
