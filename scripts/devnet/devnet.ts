import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWalletClient, custom, type Hex } from 'viem';

import { writeAddressFile } from '../../deploy/address-file.ts';
import { deployMarket, type DeploymentRecord } from '../../deploy/deploy-market.ts';
import { devnet } from '../../deploy/parameters/devnet.ts';
import { type Chain, freePort, startChain, tick } from './chain.ts';
import type { ProcessGroup } from './processes.ts';

/** Where a first chain is usually looked for; another port is taken when it is not free. */
const USUAL_RPC_PORT = 8545;
/** A block a second: fast enough to watch, slow enough to see things wait for one. */
const BLOCK_MS = 1_000;
/** Providers of the devnet: the default code stores six shards, so two can fail and be replaced. */
export const PROVIDERS = 8;
const COIN = 10n ** 18n;
/** Gas for a session of any length: Hardhat's accounts hold 10,000 coins. */
const GAS_COINS = 10n * COIN;
const OPERATOR_TOKENS = 1_000n * COIN;
const CLIENT_TOKENS = 1_000n * COIN;
/** What the client puts into escrow; the rest stays in its wallet. */
const CLIENT_DEPOSIT = '500';

const ERC20_TRANSFER = [
  {
    type: 'function',
    name: 'transfer',
    stateMutability: 'nonpayable',
    inputs: [
      { name: 'to', type: 'address' },
      { name: 'value', type: 'uint256' },
    ],
    outputs: [{ name: '', type: 'bool' }],
  },
] as const;

export interface DevProvider {
  name: string;
  home: string;
  /** Id on chain. */
  id: number;
  operator: Hex;
  pid: number;
}

export interface Devnet {
  folder: string;
  rpcUrl: string;
  deployment: DeploymentRecord;
  chain: Chain;
  group: ProcessGroup;
  providers: DevProvider[];
  client: { home: string; address: Hex };
  /** Environment of every command that acts as the client. */
  clientEnv: Record<string, string>;
}

/** Tells what happens; `step` opens a new part. */
export interface Say {
  (text: string): void;
  step(title: string): void;
}

/**
 * Brings up the chain, the market, the providers as processes of their own, and a funded client, all in `folder`, which is emptied first.
 * @param settings of all providers, where they differ from the usual ones
 */
export async function startDevnet(
  folder: string,
  say: Say,
  group: ProcessGroup,
  usualPort: number = USUAL_RPC_PORT,
  settings: Readonly<Record<string, string>> = {},
): Promise<Devnet> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, `${randomBytes(16).toString('hex')}\n`, { mode: 0o600 });

  const chain = await startChain(group, await freePort(usualPort));
  say(`chain 31337 at ${chain.url}, a block every ${BLOCK_MS / 1_000} s`);
  const deployment = await deployMarket({ provider: chain.provider, parameters: devnet, confirmations: 1 });
  const deployments = join(folder, 'addresses');
  await writeAddressFile(deployments, deployment);
  say(
    `market deployed: ${Object.keys(deployment.contracts).length} contracts, a period is ${devnet.proofs.periodBlocks} blocks`,
  );

  const shared = {
    STOWMARKET_CHAIN_RPC_URL: chain.url,
    STOWMARKET_CHAIN_DEPLOYMENTS: deployments,
  };
  const bank = await openBank(chain, deployment);
  const providers = await initProviders(group, folder, passwordFile, shared, bank, settings);
  const client = await initClient(group, folder, passwordFile, shared, bank);
  await tick(chain, BLOCK_MS);
  await startProviders(group, providers, passwordFile, shared, say);
  return {
    folder,
    rpcUrl: chain.url,
    deployment,
    chain,
    group,
    providers,
    client: client.wallet,
    clientEnv: client.env,
  };
}

type Bank = (to: Hex, tokens: bigint) => Promise<void>;

/** Pays coins for gas and tokens out of the chain's first account, which holds all of both. */
async function openBank(chain: Chain, deployment: DeploymentRecord): Promise<Bank> {
  const wallet = createWalletClient({ transport: custom(chain.provider) });
  const [account] = await wallet.getAddresses();
  if (account === undefined) throw new Error('the chain has no account of its own');
  return async (to, tokens) => {
    await wallet.sendTransaction({ account, chain: null, to, value: GAS_COINS });
    if (tokens === 0n) return;
    await wallet.writeContract({
      account,
      chain: null,
      address: deployment.contracts.token,
      abi: ERC20_TRANSFER,
      functionName: 'transfer',
      args: [to, tokens],
    });
  };
}

async function initProviders(
  group: ProcessGroup,
  folder: string,
  passwordFile: string,
  shared: Record<string, string>,
  bank: Bank,
  special: Readonly<Record<string, string>>,
): Promise<DevProvider[]> {
  const providers: DevProvider[] = [];
  for (let i = 1; i <= PROVIDERS; i += 1) {
    const name = `provider-${i}`;
    const home = join(folder, name);
    const settings = {
      'network.listen': '/ip4/127.0.0.1/tcp/0',
      'network.allow-private': 'true',
      'transfer.host': '127.0.0.1',
      'transfer.port': '0',
      'monitor.port': '0',
      // Prices differ, so that there is something to choose between.
      'ask.price-per-gib-period': `0.00${10 + i}`,
      ...special,
    };
    const set = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const made = await mustRun(group, ['--json', '--password-file', passwordFile, 'provider', 'init', ...set], {
      ...shared,
      STOWMARKET_HOME: home,
    });
    const { operator, node } = made as { operator: Hex; node: Hex };
    await bank(operator, OPERATOR_TOKENS);
    await bank(node, 0n);
    providers.push({ name, home, id: 0, operator, pid: 0 });
  }
  return providers;
}

/** Starts one provider's process and waits until it is registered, staked and listening. */
export async function startProvider(
  group: ProcessGroup,
  provider: DevProvider,
  passwordFile: string,
  shared: Record<string, string>,
): Promise<void> {
  const lines: string[] = [];
  const child = await group.startCli(
    provider.name,
    ['--json', '--password-file', passwordFile, 'provider', 'start'],
    '"provider-ready"',
    { ...shared, STOWMARKET_HOME: provider.home },
    lines,
  );
  const ready = JSON.parse(lines.find((line) => line.includes('"provider-ready"')) ?? '{}') as { provider: number };
  provider.id = ready.provider;
  provider.pid = child.pid ?? 0;
}

async function startProviders(
  group: ProcessGroup,
  providers: DevProvider[],
  passwordFile: string,
  shared: Record<string, string>,
  say: Say,
): Promise<void> {
  // Two at a time: each start costs a second of processor for its keystores.
  const queue = [...providers];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await startProvider(group, next, passwordFile, shared);
      say(`${next.name} is provider ${next.id} on chain, process ${next.pid}`);
    }
  };
  await Promise.all([worker(), worker()]);
}

async function initClient(
  group: ProcessGroup,
  folder: string,
  passwordFile: string,
  shared: Record<string, string>,
  bank: Bank,
): Promise<{ wallet: { home: string; address: Hex }; env: Record<string, string> }> {
  const home = join(folder, 'client');
  const env = {
    ...shared,
    STOWMARKET_HOME: home,
    STOWMARKET_WALLET_PASSWORD_FILE: passwordFile,
    STOWMARKET_NETWORK_ALLOW_PRIVATE: 'true',
  };
  const { address } = (await mustRun(group, ['--json', 'wallet', 'new'], env)) as { address: Hex };
  await bank(address, CLIENT_TOKENS);
  await mustRun(group, ['--json', 'wallet', 'deposit', CLIENT_DEPOSIT], env);
  return { wallet: { home, address }, env };
}

/** Runs a command that must succeed; returns its last JSON line. */
export async function mustRun(
  group: ProcessGroup,
  args: string[],
  env: Record<string, string>,
): Promise<Record<string, unknown>> {
  const result = await group.cli(args, { env });
  if (result.code !== 0)
    throw new Error(
      `stowmarket ${args.join(' ')} failed with exit code ${result.code}\n${result.stdout.trim()}\n${result.stderr.trim()}`,
    );
  const last = result.stdout.trim().split('\n').at(-1) ?? '';
  return last === '' ? {} : (JSON.parse(last) as Record<string, unknown>);
}
