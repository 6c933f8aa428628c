import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { BaseError, getAddress } from 'viem';

import { ADDRESSES_DIR, writeAddressFile } from '../deploy/address-file.ts';
import { type DeploymentRecord, deployMarket } from '../deploy/deploy-market.ts';
import { devnet } from '../deploy/parameters/devnet.ts';
import type { MarketParameters } from '../deploy/parameters/market-parameters.ts';
import { publicNetwork } from '../deploy/parameters/public.ts';
import { type RpcProvider, openProvider, signingProvider } from '../deploy/rpc-provider.ts';
import { keyFromHex } from '../node/keystore/wallet.ts';
import { toChainError } from '../node/chain/errors.ts';
import { to0x } from '../node/core/bytes.ts';
import { isStowError, messageOf } from '../node/core/errors.ts';

const USAGE = `Puts the market on a chain.

  npm run deploy -- --network localhost     a Hardhat node at 127.0.0.1:8545, with its first account
  npm run deploy -- --rpc URL               any endpoint, with the key in STOWMARKET_DEPLOYER_KEY

  --parameters devnet|public   default: devnet for localhost, public otherwise
  --token ADDRESS              ERC-20 token to trade in; default: a new development token
  --token-holder ADDRESS       who gets the development token; default: the deployer
  --out FOLDER                 where to write <chain id>.json; default: deploy/addresses
  --replace                    write over the addresses of an earlier deployment
`;

const LOCALHOST_URL = 'http://127.0.0.1:8545';
/** The chain id of Hardhat nodes, whose deployments end with the process. */
const HARDHAT_CHAIN_ID = 31_337;
const PARAMETERS: Readonly<Record<string, MarketParameters>> = { devnet, public: publicNetwork };
/** A reorganisation that swallows one of the contracts makes all addresses wrong: five blocks make that unlikely. */
const PUBLIC_CONFIRMATIONS = 5;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      network: { type: 'string' },
      rpc: { type: 'string' },
      parameters: { type: 'string' },
      token: { type: 'string' },
      'token-holder': { type: 'string' },
      out: { type: 'string' },
      replace: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const local = values.network === 'localhost';
  if (local === (values.rpc !== undefined) || (values.network !== undefined && !local)) {
    throw new Error(`name either --network localhost or --rpc URL\n\n${USAGE}`);
  }
  const name = values.parameters ?? (local ? 'devnet' : 'public');
  const parameters = PARAMETERS[name];
  if (parameters === undefined) throw new Error(`there are no parameters called ${name}: choose devnet or public`);
  const provider = await connect(values.rpc);
  const chainId = Number(await provider.request({ method: 'eth_chainId', params: [] }));
  const out = values.out ?? ADDRESSES_DIR;
  await requireReplaceable(out, chainId, values.replace);
  const record = await deployMarket({
    provider,
    parameters,
    confirmations: chainId === HARDHAT_CHAIN_ID ? 1 : PUBLIC_CONFIRMATIONS,
    token: values.token === undefined ? undefined : getAddress(values.token),
    tokenHolder: values['token-holder'] === undefined ? undefined : getAddress(values['token-holder']),
  });
  report(record, await writeAddressFile(out, record));
}

async function connect(rpc: string | undefined): Promise<RpcProvider> {
  if (rpc === undefined) return openProvider(LOCALHOST_URL);
  const key = process.env['STOWMARKET_DEPLOYER_KEY'];
  if (key === undefined || key === '') {
    throw new Error('set STOWMARKET_DEPLOYER_KEY to the private key (hex) of the account that pays for the deployment');
  }
  return signingProvider(rpc, to0x(keyFromHex(key).privateKey));
}

/** Whoever forgets where a market is cannot reach its money: only a local chain's addresses are written over unasked. */
async function requireReplaceable(directory: string, chainId: number, replace: boolean): Promise<void> {
  if (replace || chainId === HARDHAT_CHAIN_ID) return;
  const path = join(directory, `${chainId}.json`);
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists)
    throw new Error(
      `${path} holds the addresses of an earlier deployment: keep a copy and pass --replace, or choose another --out`,
    );
}

function report(record: DeploymentRecord, path: string): void {
  for (const [name, address] of Object.entries(record.contracts)) console.log(`${name.padEnd(18)}${address}`);
  console.log(`chain ${record.chainId}, from block ${record.deployedAtBlock}; written to ${path}`);
}

try {
  await main();
} catch (thrown) {
  // The library's messages quote the whole request with its URL, which may hold an access key.
  const error = thrown instanceof BaseError ? toChainError(thrown, 'deploy') : thrown;
  const hint = isStowError(error) && error.hint !== undefined ? `\n${error.hint}` : '';
  console.error(`The market was not deployed: ${messageOf(error)}${hint}`);
  process.exitCode = 1;
}
