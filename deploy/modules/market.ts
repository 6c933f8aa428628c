import { buildModule } from '@nomicfoundation/ignition-core';

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
] as const;

export type DeployedName = (typeof DEPLOY_ORDER)[number];

/** All of the development token: enough that nobody on a local chain runs out. */
export const DEV_TOKEN_SUPPLY = 10n ** 27n;

/**
 * The Ignition module. Its parameters are the addresses of all contracts by name, `token`, `tokenHolder` and `permit2` (zero for none), and the
 * constructors' structs `proofParams`, `collateralParams`, `reputationParams`, `agreementParams`, `auditParams`, `priceIndexParams`.
 * @param withDevToken deploy the development token first, all of it to `tokenHolder`
 */
export function marketModule(withDevToken: boolean) {
  return buildModule('Market', (m) => {
    const at = (name: string) => m.getParameter<string>(name);
    const struct = (name: string) => m.getParameter(name);
    const first = withDevToken ? [m.contract('DevToken', [at('tokenHolder'), DEV_TOKEN_SUPPLY])] : [];
    const escrow = m.contract(
      'Escrow',
      [at('token'), at('permit2'), [at('Agreements'), at('Collateral'), at('Audits'), at('OrderBook')]],
      { after: first },
    );
    const registry = m.contract('NodeRegistry', [at('Collateral'), at('BlockRandomness'), at('PriceIndex')], {
      after: [escrow],
    });
    const orderBook = m.contract(
      'OrderBook',
      [at('Escrow'), at('NodeRegistry'), at('PossessionProofs'), at('Reputation'), at('PriceIndex'), at('Agreements')],
      { after: [registry] },
    );
    const randomness = m.contract('BlockRandomness', [], { after: [orderBook] });
    const proofs = m.contract(
      'PossessionProofs',
      [
        struct('proofParams'),
        at('BlockRandomness'),
        at('NodeRegistry'),
        at('Collateral'),
        at('Reputation'),
        at('Agreements'),
      ],
      { after: [randomness] },
    );
    const collateral = m.contract(
      'Collateral',
      [struct('collateralParams'), at('Escrow'), at('NodeRegistry'), at('Agreements'), at('PossessionProofs')],
      { after: [proofs] },
    );
    const reputation = m.contract(
      'Reputation',
      [struct('reputationParams'), at('PossessionProofs'), at('Agreements'), at('Audits')],
      { after: [collateral] },
    );
    const agreements = m.contract(
      'Agreements',
      [
        struct('agreementParams'),
        at('Escrow'),
        at('NodeRegistry'),
        at('OrderBook'),
        at('PossessionProofs'),
        at('Collateral'),
        at('Reputation'),
        at('PriceIndex'),
        at('Audits'),
      ],
      { after: [reputation] },
    );
    const audits = m.contract(
      'Audits',
      [
        struct('auditParams'),
        at('Escrow'),
        at('NodeRegistry'),
        at('BlockRandomness'),
        at('PossessionProofs'),
        at('Reputation'),
        at('Agreements'),
      ],
      { after: [agreements] },
    );
    m.contract(
      'PriceIndex',
      [struct('priceIndexParams'), at('PossessionProofs'), at('Agreements'), at('NodeRegistry')],
      { after: [audits] },
    );
    return {};
  });
}
