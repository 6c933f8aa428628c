import { join } from 'node:path';
import { expect } from 'chai';

import { privateKeyOf, type TestChain } from '../../support/chain.ts';
import { run, type CliRun } from './run.ts';

/** The command line with the wallet of one test account, on a machine of its own. */
export interface Client {
  readonly env: Record<string, string>;
  cli(...args: string[]): Promise<CliRun>;
  /** Runs a command that must work; its last object. */
  must(...args: string[]): Promise<Record<string, unknown>>;
  /** Runs a command that must fail; its exit code and the code of its error. */
  fails(...args: string[]): Promise<unknown[]>;
}

/** @param folder in which the client's machine is kept */
export function clientOf(chain: TestChain, folder: string, account = 1): Client {
  const wallet = chain.accounts[account];
  if (wallet === undefined) throw new Error(`the chain has no account ${account}`);
  const env = {
    STOWMARKET_HOME: join(folder, `client-${account}`),
    STOWMARKET_CHAIN_RPC_URL: chain.rpcUrl,
    STOWMARKET_CHAIN_DEPLOYMENTS: chain.deploymentsDir,
    STOWMARKET_NETWORK_ALLOW_PRIVATE: 'true',
    STOWMARKET_KEY: privateKeyOf(wallet),
  };
  const cli = async (...args: string[]): Promise<CliRun> => run(['--json', ...args], { env });
  return {
    env,
    cli,
    must: async (...args) => {
      const result = await cli(...args);
      expect(result.code, `${args.join(' ')}: ${result.stdout}${result.stderr}`).to.equal(0);
      return result.records.at(-1) ?? {};
    },
    fails: async (...args) => {
      const { code, records } = await cli(...args);
      return [code, records.at(-1)?.['code']];
    },
  };
}
