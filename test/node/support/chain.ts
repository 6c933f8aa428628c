import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { type Address, type Hex, encodeFunctionData } from 'viem';
import { type HDAccount, mnemonicToAccount } from 'viem/accounts';

import { writeAddressFile } from '../../../deploy/address-file.ts';
import { ArtifactFolder } from '../../../deploy/artifacts.ts';
import { deployMarket } from '../../../deploy/deploy-market.ts';
import type { MarketParameters } from '../../../deploy/parameters/market-parameters.ts';
import { devnet } from '../../../deploy/parameters/devnet.ts';
import { type RpcProvider, openProvider } from '../../../deploy/rpc-provider.ts';
import { type Deployment, loadDeployment } from '../../../node/chain/deployment.ts';
import { tokenAbi } from '../../../node/chain/token-abi.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const HARDHAT = join(ROOT, 'node_modules/hardhat/dist/src/cli.js');
const NODE_CONFIG = fileURLToPath(new URL('hardhat-node.config.ts', import.meta.url));
/** Of every Hardhat node, known to everybody. */
const MNEMONIC = 'test test test test test test test test test test test junk';
const ACCOUNTS = 10;
/** Each account's tokens; the first, which deploys, keeps the rest of the supply. */
export const TEST_TOKENS = 1_000_000n * 10n ** 18n;
/** Starting Node and Hardhat on a busy two-core machine. */
const START_TIMEOUT_MS = 120_000;

export interface TestChainInit {
  /** A block every so many milliseconds. Without it, a block for each transaction. */
  blockMs?: number;
  periodBlocks?: number;
  /** Other constants than the devnet's. */
  parameters?: MarketParameters;
}

export interface TestChain {
  rpcUrl: string;
  /** Folder with this chain's address file. */
  deploymentsDir: string;
  deployment: Deployment;
  /** Funded with the chain's coin and, but for the first, with `TEST_TOKENS`. The first deployed the market. */
  accounts: HDAccount[];
  /** Any JSON-RPC method, Hardhat's own included. */
  rpc(method: string, ...params: unknown[]): Promise<unknown>;
  /** Adds empty blocks. */
  mine(blocks: number): Promise<void>;
  stop(): Promise<void>;
}

/** Hex private key of a test account. */
export function privateKeyOf(account: HDAccount): Hex {
  const key = account.getHdKey().privateKey;
  if (key === null) throw new Error('a test account has its key');
  return `0x${Buffer.from(key).toString('hex')}`;
}

/** Starts a Hardhat node on a free port, with the market deployed and accounts funded. Takes a few seconds; stop it in `after`. */
export async function startChain(init: TestChainInit = {}): Promise<TestChain> {
  await build();
  const folder = await mkdtemp(join(tmpdir(), 'stow-chain-'));
  const node = spawn(
    process.execPath,
    [HARDHAT, '--config', NODE_CONFIG, 'node', '--hostname', '127.0.0.1', '--port', '0'],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  // A run that is broken off, or a hook that timed out while this was starting, must not leave a chain behind.
  const endWithUs = (): void => {
    node.kill('SIGKILL');
  };
  process.once('exit', endWithUs);
  const stop = async (): Promise<void> => {
    process.off('exit', endWithUs);
    await end(node);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const rpcUrl = await urlOf(node);
    const provider = openProvider(rpcUrl);
    const rpc = async (method: string, ...params: unknown[]): Promise<unknown> => provider.request({ method, params });
    await rpc('hardhat_setLoggingEnabled', false);
    const deployment = await deployInto(folder, provider, init);
    const accounts = Array.from({ length: ACCOUNTS }, (_, addressIndex) =>
      mnemonicToAccount(MNEMONIC, { addressIndex }),
    );
    await fund(provider, deployment, accounts);
    if (init.blockMs !== undefined) {
      await rpc('evm_setAutomine', false);
      await rpc('evm_setIntervalMining', init.blockMs);
    }
    const mine = async (blocks: number): Promise<void> => {
      await rpc('hardhat_mine', `0x${blocks.toString(16)}`);
    };
    return { rpcUrl, deploymentsDir: folder, deployment, accounts, rpc, mine, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function deployInto(folder: string, provider: RpcProvider, init: TestChainInit): Promise<Deployment> {
  const base = init.parameters ?? devnet;
  const periodBlocks = init.periodBlocks ?? base.proofs.periodBlocks;
  const parameters = { ...base, proofs: { ...base.proofs, periodBlocks } };
  const record = await deployMarket({
    provider,
    parameters,
    confirmations: 1,
    artifacts,
  });
  await writeAddressFile(folder, record);
  return loadDeployment(folder, record.chainId);
}

async function fund(provider: RpcProvider, deployment: Deployment, accounts: readonly HDAccount[]): Promise<void> {
  const [deployer, ...others] = accounts.map((account): Address => account.address);
  for (const owner of others) {
    const data = encodeFunctionData({ abi: tokenAbi, functionName: 'transfer', args: [owner, TEST_TOKENS] });
    await provider.request({
      method: 'eth_sendTransaction',
      params: [{ from: deployer, to: deployment.contracts.token, data }],
    });
  }
}

/** Compiled contracts to test against instead of compiling: while the sources are being edited, or to try an older version. */
const GIVEN_ARTIFACTS = process.env['STOWMARKET_TEST_ARTIFACTS'];

/** The compiled contracts that the chains of this process run. */
export const artifacts = new ArtifactFolder(GIVEN_ARTIFACTS);

let built: Promise<void> | undefined;

/** Compiles the contracts, once in each test process; nothing happens when they are up to date. */
async function build(): Promise<void> {
  if (GIVEN_ARTIFACTS !== undefined) return;
  built ??= (async () => {
    const child = spawn(process.execPath, [HARDHAT, 'build', '--no-tests'], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0)
      throw new Error(`the contracts do not compile (exit code ${code}): run \`npm run build\` to see why`);
  })();
  return built;
}

/** Waits for the line that names the address, and keeps reading afterwards so that the node never blocks on its output. */
async function urlOf(node: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(() => reject(new Error('the Hardhat node did not start in time')), START_TIMEOUT_MS);
  node.once('exit', (code) => reject(new Error(`the Hardhat node stopped with exit code ${code}`)));
  if (node.stdout === null) throw new Error('its output is piped');
  createInterface({ input: node.stdout }).on('line', (line) => {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (url !== undefined) resolve(url);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

async function end(node: ChildProcess): Promise<void> {
  if (node.exitCode !== null || node.signalCode !== null) return;
  const exited = once(node, 'exit');
  node.kill('SIGKILL');
  await exited;
}
