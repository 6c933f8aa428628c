/* oxlint-disable typescript/no-unsafe-type-assertion -- JSON-RPC answers and compiled artifacts have no types; a wrong one fails the checks that follow. */
import { type ArtifactResolver, DeploymentResultType, deploy } from '@nomicfoundation/ignition-core';
import { type Address, type Hex, getContractAddress, hexToBigInt, zeroAddress } from 'viem';

import { ArtifactFolder } from './artifacts.ts';
import { checkDeployment } from './check-deployment.ts';
import { requireKnownParameters } from './check-parameters.ts';
import { requireUsableToken } from './check-token.ts';
import { DEPLOY_ORDER, type DeployedName, marketModule } from './modules/market.ts';
import type { MarketParameters } from './parameters/market-parameters.ts';
import type { RpcProvider } from './rpc-provider.ts';

export interface DeployInit {
  provider: RpcProvider;
  /** Who pays; its nonces decide the addresses, so nothing else may send from it meanwhile. Default: the endpoint's first account. */
  deployer?: Address | undefined;
  parameters: MarketParameters;
  /** The ERC-20 token that is traded in; when absent, the development token is deployed first. */
  token?: Address | undefined;
  /** Who gets the development token. Default: the deployer. */
  tokenHolder?: Address | undefined;
  /** Blocks to wait for after each transaction. */
  confirmations: number;
  artifacts?: ArtifactResolver | undefined;
}

/** Addresses by the names that nodes know them under. */
export interface MarketContracts {
  token: Address;
  escrow: Address;
  nodeRegistry: Address;
  orderBook: Address;
  randomness: Address;
  possessionProofs: Address;
  collateral: Address;
  reputation: Address;
  agreements: Address;
  audits: Address;
  priceIndex: Address;
  repairs: Address;
  catalog: Address;
  retrievalChannels: Address;
  demands: Address;
}

/** What `deploy/addresses/<chain id>.json` holds, with money still as bigint. */
export interface DeploymentRecord {
  chainId: number;
  /** No event of the market is older. */
  deployedAtBlock: number;
  contracts: MarketContracts;
  parameters: MarketParameters & { proofs: { genesisBlock: number } };
}

/** Where Permit2 stands on most chains. */
const PERMIT2: Address = '0x000000000022D473030F116dDEE9F6B43aC78BA3';

/** How often Ignition looks for its transaction; also what a local deployment mostly waits for. */
const POLL_MS = 100;

/**
 * Deploys the market and checks that every contract is where it was foretold and knows the others. Nothing is kept between runs: a
 * deployment that stopped midway has used up nonces that the next addresses depend on, so it can only be started over.
 */
export async function deployMarket(init: DeployInit): Promise<DeploymentRecord> {
  const { provider } = init;
  const chainId = Number(await quantity(provider, 'eth_chainId', []));
  const latest = Number(await quantity(provider, 'eth_blockNumber', []));
  const accounts = (await provider.request({ method: 'eth_accounts', params: [] })) as Address[];
  const deployer = init.deployer ?? accounts[0];
  if (deployer === undefined) throw new Error('the endpoint holds no account: give the key of one');
  if (init.token !== undefined) await requireUsableToken(provider, init.token);
  const nonce = await quantity(provider, 'eth_getTransactionCount', [deployer, 'pending']);
  const { token, addresses } = foretell(deployer, nonce, init.token);
  const { parameters } = init;
  const params = { ...parameters, proofs: { genesisBlock: latest, ...parameters.proofs } };

  const artifacts = init.artifacts ?? new ArtifactFolder();
  await requireKnownParameters(artifacts, params);
  const result = await deploy({
    config: { requiredConfirmations: init.confirmations, blockPollingInterval: POLL_MS, retryInterval: POLL_MS },
    artifactResolver: artifacts,
    provider,
    ignitionModule: marketModule(init.token === undefined),
    deploymentParameters: {
      Market: {
        ...addresses,
        token,
        tokenHolder: init.tokenHolder ?? deployer,
        permit2: await permit2On(provider),
        proofParams: params.proofs,
        collateralParams: { ...params.collateral, ladderBps: [...params.collateral.ladderBps] },
        reputationParams: params.reputation,
        agreementParams: params.agreements,
        auditParams: params.audits,
        priceIndexParams: params.priceIndex,
        repairParams: params.repairs,
        channelParams: params.channels,
        demandParams: params.demands,
      },
    },
    accounts,
    defaultSender: deployer,
  });
  if (result.type !== DeploymentResultType.SUCCESSFUL_DEPLOYMENT) {
    throw new Error(`the deployment did not succeed: ${JSON.stringify(result, null, 2)}`);
  }
  const expected: Record<string, Address> = { ...addresses, ...(init.token === undefined ? { DevToken: token } : {}) };
  const actual = Object.fromEntries(
    Object.values(result.contracts).map((contract) => [contract.contractName, contract.address as Address]),
  );
  await checkDeployment({ provider, artifacts, expected, actual });
  return { chainId, deployedAtBlock: latest, contracts: named(token, addresses), parameters: params };
}

/** Addresses of contracts that do not exist yet: keccak256(rlp([deployer, nonce])), one nonce after the other. */
function foretell(deployer: Address, firstNonce: bigint, givenToken: Address | undefined) {
  let nonce = firstNonce;
  const next = (): Address => {
    const address = getContractAddress({ from: deployer, nonce });
    nonce += 1n;
    return address;
  };
  const token = givenToken ?? next();
  const addresses = Object.fromEntries(DEPLOY_ORDER.map((name) => [name, next()])) as Record<DeployedName, Address>;
  return { token, addresses };
}

function named(token: Address, addresses: Record<DeployedName, Address>): MarketContracts {
  return {
    token,
    escrow: addresses.Escrow,
    nodeRegistry: addresses.NodeRegistry,
    orderBook: addresses.OrderBook,
    randomness: addresses.BlockRandomness,
    possessionProofs: addresses.PossessionProofs,
    collateral: addresses.Collateral,
    reputation: addresses.Reputation,
    agreements: addresses.Agreements,
    audits: addresses.Audits,
    priceIndex: addresses.PriceIndex,
    repairs: addresses.Repairs,
    catalog: addresses.Catalog,
    retrievalChannels: addresses.RetrievalChannels,
    demands: addresses.Demands,
  };
}

/** The chain's Permit2 contract, or zero where there is none: then deposits are by approval or ERC-2612 permit. */
async function permit2On(provider: RpcProvider): Promise<Address> {
  const code = (await provider.request({ method: 'eth_getCode', params: [PERMIT2, 'latest'] })) as Hex;
  return code === '0x' ? zeroAddress : PERMIT2;
}

async function quantity(provider: RpcProvider, method: string, params: readonly unknown[]): Promise<bigint> {
  return hexToBigInt((await provider.request({ method, params })) as Hex);
}
