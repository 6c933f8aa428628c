import { type Chain, type HttpTransport, type PublicClient, createPublicClient, defineChain, http } from 'viem';

import { ExitCode, StowError } from '../core/errors.ts';
import { type CallOptions, abortable } from './abortable.ts';
import { type Deployment, loadDeployment } from './deployment.ts';
import { originOfUrl, toChainError } from './errors.ts';

/** Longer than any healthy node takes for one request; shorter than people wait before they look for the fault. */
const REQUEST_TIMEOUT_MS = 15_000;
/** Hosted nodes drop a request now and then; three tries ride over that and a dead node is still named within seconds. */
const REQUEST_RETRIES = 2;
const RETRY_DELAY_MS = 200;

export type ChainClient = PublicClient<HttpTransport, Chain>;

/** A chain that answers, and the market on it. What every action takes first. */
export interface ChainView {
  readonly client: ChainClient;
  readonly deployment: Deployment;
}

export interface ConnectInit {
  /** http: or https: URL of a JSON-RPC endpoint. */
  rpcUrl: string;
  /** Folder of address files, one per chain id. */
  deployments: string;
  /** Refuse any other chain. */
  chainId?: number | undefined;
}

/**
 * Connects to the market at an endpoint: asks for its chain id, loads that chain's addresses and looks whether the contracts are there.
 * Throws `chain-unreachable`, `chain-wrong`, `deployment-unknown`, `deployment-malformed`, `deployment-absent`.
 */
export async function connectChain(init: ConnectInit, options: CallOptions = {}): Promise<ChainView> {
  const transport = http(init.rpcUrl, {
    timeout: REQUEST_TIMEOUT_MS,
    retryCount: REQUEST_RETRIES,
    retryDelay: RETRY_DELAY_MS,
  });
  const probe = createPublicClient({ transport });
  let chainId: number;
  try {
    chainId = await abortable(probe.getChainId(), options.signal);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toChainError(error, `read the chain id of ${originOfUrl(init.rpcUrl)}`);
  }
  if (init.chainId !== undefined && init.chainId !== chainId) throw wrongChain(init.rpcUrl, chainId, init.chainId);
  const deployment = await loadDeployment(init.deployments, chainId);
  const chain = defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: 'native coin', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [init.rpcUrl] } },
  });
  // Block numbers must never come from a cache: proofs and reorganisations depend on the newest.
  const client = createPublicClient({ chain, transport, cacheTime: 0 });
  const view = { client, deployment };
  await requireContracts(view, init.rpcUrl, options);
  return view;
}

/** A local chain that was restarted is empty while its address file is still there: say so, or every read fails obscurely. */
async function requireContracts(view: ChainView, rpcUrl: string, options: CallOptions): Promise<void> {
  const { agreements } = view.deployment.contracts;
  let code: string | undefined;
  try {
    code = await abortable(view.client.getCode({ address: agreements }), options.signal);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toChainError(error, `look for the market's contracts`);
  }
  if (code !== undefined && code !== '0x') return;
  throw new StowError({
    code: 'deployment-absent',
    message: `chain ${view.deployment.chainId} at ${originOfUrl(rpcUrl)} has no contract at ${agreements}, where the market should be`,
    hint: 'the chain was started anew, or the addresses belong to another one: deploy with `npm run deploy`',
    exitCode: ExitCode.usage,
  });
}

function wrongChain(rpcUrl: string, actual: number, expected: number): StowError {
  return new StowError({
    code: 'chain-wrong',
    message: `${originOfUrl(rpcUrl)} is chain ${actual}, and the configuration asks for chain ${expected}`,
    hint: `set chain.rpc-url to an endpoint of chain ${expected}, or chain.chain-id to ${actual}`,
    exitCode: ExitCode.usage,
  });
}
