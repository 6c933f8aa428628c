import { buildModule, type Future } from '@nomicfoundation/ignition-core';

/**
 * The market's contracts in the order in which they are deployed. They know each other through immutables, in a circle, and none has a
 * function that could set an address later. So the order is fixed, each takes the deployer's next nonce, and the addresses of those
 * that come later are foretold from it.
 */
export const DEPLOY_ORDER = [
  'Escrow',
  'NodeRegistry',
  'OrderBook',
  'BlockRandomness',
  'PossessionProofs',
  'Collateral',
  'Reputation',
  'Agreements',
  'Audits',
  'PriceIndex',
  'Repairs',
  'Catalog',
  'RetrievalChannels',
  'Demands',
] as const;

export type DeployedName = (typeof DEPLOY_ORDER)[number];

/** All of the development token: enough that nobody on a local chain runs out. */
export const DEV_TOKEN_SUPPLY = 10n ** 27n;

/** A parameter of the module by its name: an address by its contract's, or a constructor's struct; or a list of addresses. */
type Argument = string | readonly string[];

/** What each constructor is given, in order. */
export const ARGUMENTS: Readonly<Record<DeployedName, readonly Argument[]>> = {
  Escrow: ['token', 'permit2', ['Agreements', 'Collateral', 'Audits', 'OrderBook', 'RetrievalChannels', 'Demands']],
  NodeRegistry: ['Collateral', 'BlockRandomness', 'PriceIndex'],
  OrderBook: ['Escrow', 'NodeRegistry', 'PossessionProofs', 'Reputation', 'PriceIndex', 'Agreements'],
  BlockRandomness: [],
  PossessionProofs: ['proofParams', 'BlockRandomness', 'NodeRegistry', 'Collateral', 'Reputation', 'Agreements'],
  Collateral: ['collateralParams', 'Escrow', 'NodeRegistry', 'Agreements', 'PossessionProofs'],
  Reputation: ['reputationParams', 'PossessionProofs', 'Agreements', 'Audits'],
  Agreements: [
    'agreementParams',
    'Escrow',
    'NodeRegistry',
    'OrderBook',
    'PossessionProofs',
    'Collateral',
    'Reputation',
    'PriceIndex',
    'Audits',
    'Demands',
  ],
  Audits: ['auditParams', 'Escrow', 'NodeRegistry', 'BlockRandomness', 'PossessionProofs', 'Reputation', 'Agreements'],
  PriceIndex: ['priceIndexParams', 'PossessionProofs', 'Agreements', 'NodeRegistry'],
  Repairs: ['repairParams', 'OrderBook', 'Agreements', 'PossessionProofs', 'Collateral'],
  Catalog: [],
  RetrievalChannels: ['channelParams', 'Escrow', 'NodeRegistry'],
  Demands: ['demandParams', 'Escrow', 'NodeRegistry', 'PossessionProofs', 'Agreements'],
};

/**
 * The Ignition module. Its parameters are the addresses of all contracts by name, `token`, `tokenHolder` and `permit2` (zero for none), and the
 * constructors' structs `proofParams`, `collateralParams`, `reputationParams`, `agreementParams`, `auditParams`, `priceIndexParams`, `repairParams`, `channelParams`, `demandParams`.
 * @param withDevToken deploy the development token first, all of it to `tokenHolder`
 */
export function marketModule(withDevToken: boolean) {
  return buildModule('Market', (m) => {
    const parameter = (name: string) => m.getParameter<string>(name);
    let after: Future[] = withDevToken ? [m.contract('DevToken', [parameter('tokenHolder'), DEV_TOKEN_SUPPLY])] : [];
    for (const name of DEPLOY_ORDER) {
      const given = ARGUMENTS[name].map((argument) =>
        typeof argument === 'string' ? parameter(argument) : argument.map(parameter),
      );
      after = [m.contract(name, given, { after })];
    }
    return {};
  });
}
