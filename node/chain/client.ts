import {
  BaseError,
  type Chain,
  HttpRequestError,
  type HttpTransport,
  type HttpTransportConfig,
  type PublicClient,
  TimeoutError,
  createPublicClient,
  defineChain,
  http,
} from 'viem';

import { ExitCode, StowError } from '../core/errors.ts';
import { type CallOptions, abortable } from './abortable.ts';
import { type Deployment, loadDeployment } from './deployment.ts';
import { originOfUrl, toChainError } from './errors.ts';

/** Longer than any healthy node takes for one request; shorter than people wait before they look for the fault. */
const REQUEST_TIMEOUT_MS = 15_000;
/** Hosted nodes drop a request now and then; three tries ride over that and a dead node is still named within seconds. */
const REQUEST_RETRIES = 2;
const RETRY_DELAY_MS = 200;
/**
 * Requests that are made in the same moment go to the node as one JSON-RPC batch, which takes a third of the processor time of as many HTTP requests. Hosted nodes
 * refuse batches of more than 100 to 1,000; larger ones bring nothing.
 */
const MAX_BATCH = 50;

/** From here on, statuses are of an endpoint that is busy or broken, not of one that refuses how it is asked. */
const HTTP_TOO_MANY = 429;

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
  const { chainId, transport } = await reach(init.rpcUrl, options);
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

interface Reached {
  chainId: number;
  transport: HttpTransport;
}

/** Asks an endpoint for its chain id, and learns whether it takes batches. */
async function reach(rpcUrl: string, options: CallOptions): Promise<Reached> {
  try {
    return await askChainId(rpcUrl, { batchSize: MAX_BATCH, wait: 0 }, options).catch(async (error: unknown) => {
      options.signal?.throwIfAborted();
      if (isOutOfReach(error)) throw error;
      return askChainId(rpcUrl, false, options);
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toChainError(error, `read the chain id of ${originOfUrl(rpcUrl)}`);
  }
}

async function askChainId(rpcUrl: string, batch: HttpTransportConfig['batch'], options: CallOptions): Promise<Reached> {
  const transport = http(rpcUrl, {
    batch,
    timeout: REQUEST_TIMEOUT_MS,
    retryCount: REQUEST_RETRIES,
    retryDelay: RETRY_DELAY_MS,
  });
  const client = createPublicClient({ transport });
  // Two questions, as there are endpoints that take a batch of one for no batch.
  const asked = Promise.all([client.getChainId(), batch === false ? undefined : client.getBlockNumber()]);
  const [chainId] = await abortable(asked, options.signal);
  return { chainId, transport };
}

/** Whether asking in another way would not help. A connection that fails is no such sign: so does a batch's answer that is none. */
function isOutOfReach(error: unknown): boolean {
  return error instanceof BaseError && error.walk(isSilence) !== null;
}

function isSilence(cause: unknown): boolean {
  return cause instanceof TimeoutError || (cause instanceof HttpRequestError && (cause.status ?? 0) >= HTTP_TOO_MANY);
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
