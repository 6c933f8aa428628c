import hre from 'hardhat';
import {
  type Abi,
  decodeErrorResult,
  decodeFunctionResult,
  encodeAbiParameters,
  encodeFunctionData,
  getContractAddress,
  numberToHex,
} from 'viem';

import { type DeploymentRecord, deployMarket } from '../../../../deploy/deploy-market.ts';
import type { MarketParameters } from '../../../../deploy/parameters/market-parameters.ts';
import type { RpcProvider } from '../../../../deploy/rpc-provider.ts';
import { marketAbis, marketErrors } from '../../../../node/chain/market-abi.ts';
import { tokenAbi } from '../../../../node/chain/token-abi.ts';
import type { Address, Hex } from '../market/types.ts';

/** More than any step needs, below what one transaction may use (EIP-7825). */
const GAS = numberToHex(16_000_000);
/** Steps take place in a fixed time, so that a seed gives the same block hashes again. */
const START_SECONDS = Date.UTC(2030, 0, 1) / 1000;

const abis: Readonly<Record<string, Abi>> = { ...marketAbis, token: tokenAbi };
export type ContractName = keyof typeof marketAbis | 'token';

/** What a transaction came to: nothing when it succeeded, otherwise its error, addresses in lower case. */
export interface Failure {
  error: string;
  values: readonly unknown[];
}

export interface Sent {
  from: Address;
  to: ContractName;
  functionName: string;
  args: readonly unknown[];
}

/** A market on an in-process chain of its own. Nobody pays for gas, and anybody sends without a signature. */
export class Chain {
  readonly deployment: DeploymentRecord;
  readonly #provider: RpcProvider;
  readonly #close: () => Promise<void>;
  readonly #impersonated = new Set<Address>();
  /** Of the last block. */
  block: number;
  time: number;

  private constructor(
    deployment: DeploymentRecord,
    provider: RpcProvider,
    close: () => Promise<void>,
    block: number,
    time: number,
  ) {
    this.deployment = deployment;
    this.#provider = provider;
    this.#close = close;
    this.block = block;
    this.time = time;
  }

  static async start(parameters: MarketParameters): Promise<Chain> {
    const initialDate = new Date(START_SECONDS * 1000);
    const override = { initialBaseFeePerGas: 0, initialDate };
    const connection = await hre.network.create({ network: 'gas', override });
    let time = START_SECONDS + 1;
    // While deploying, blocks get their times here; later each step brings its own.
    const timed: RpcProvider = {
      request: async (call) => {
        if (call.method === 'eth_sendTransaction') {
          time += 1;
          await connection.provider.request({ method: 'evm_setNextBlockTimestamp', params: [time] });
        }
        return connection.provider.request(call);
      },
    };
    const deployment = await deployMarket({ provider: timed, parameters, confirmations: 1 });
    const block = Number(await connection.provider.request({ method: 'eth_blockNumber' }));
    return new Chain(deployment, connection.provider, async () => connection.close(), block, time);
  }

  async stop(): Promise<void> {
    await this.#close();
  }

  /** Where a contract is. */
  address(name: ContractName): Address {
    const { contracts } = this.deployment;
    const named: Record<string, Hex> = { ...contracts };
    const address = named[name];
    if (address === undefined) throw new Error(`the market has no ${name}`);
    return lower(address);
  }

  /** Who deployed the market and holds the token's supply. */
  async deployer(): Promise<Address> {
    const [first] = await this.#request<Hex[]>('eth_accounts');
    if (first === undefined) throw new Error('the chain has no account');
    return lower(first);
  }

  /** Deploys a contract wallet that takes `owner`'s signatures for its own. */
  async deployWallet(deployer: Address, owner: Address): Promise<Address> {
    const { bytecode } = await hre.artifacts.readArtifact('ContractWallet');
    const nonce = BigInt(await this.#request<Hex>('eth_getTransactionCount', deployer, 'pending'));
    const data = bytecode + encodeAbiParameters([{ type: 'address' }], [owner]).slice(2);
    await this.#impersonate(deployer);
    await this.#prepare(this.time + 1);
    await this.#request('eth_sendTransaction', { from: deployer, data, gas: GAS, gasPrice: '0x0' });
    this.block += 1;
    return lower(getContractAddress({ from: deployer, nonce }));
  }

  /** Sends a transaction into a block of its own, `time` seconds since 1970. */
  async send({ from, to, functionName, args }: Sent, time: number): Promise<Failure | undefined> {
    const data = encodeFunctionData({ abi: abiOf(to), functionName, args });
    await this.#impersonate(from);
    await this.#prepare(time);
    this.block += 1;
    try {
      await this.#request('eth_sendTransaction', { from, to: this.address(to), data, gas: GAS, gasPrice: '0x0' });
      return undefined;
    } catch (error) {
      return failureOf(error);
    }
  }

  /** Adds empty blocks, a second apart, the first at `time`. */
  async mine(blocks: number, time: number): Promise<void> {
    await this.#prepare(time);
    await this.#request('hardhat_mine', numberToHex(blocks), '0x1');
    this.block += blocks;
    this.time = time + blocks - 1;
  }

  /** Says when the block to come will be; otherwise it is as many seconds ahead as the machine took. */
  async expectBlockAt(time: number): Promise<void> {
    await this.#request('evm_setNextBlockTimestamp', time);
  }

  /** What a function answers in the block to come. */
  async view(to: ContractName, functionName: string, ...args: readonly unknown[]): Promise<unknown> {
    const abi = abiOf(to);
    const call = { to: this.address(to), data: encodeFunctionData({ abi, functionName, args }) };
    return decodeFunctionResult({ abi, functionName, data: await this.#request<Hex>('eth_call', call, 'pending') });
  }

  /** Number and time of the last block, as the chain has them. */
  async latest(): Promise<{ block: number; time: number }> {
    const head = await this.#request<{ number: Hex; timestamp: Hex }>('eth_getBlockByNumber', 'latest', false);
    return { block: Number(head.number), time: Number(head.timestamp) };
  }

  async hashOf(block: number): Promise<Hex> {
    return (await this.#request<{ hash: Hex }>('eth_getBlockByNumber', numberToHex(block), false)).hash;
  }

  async #prepare(time: number): Promise<void> {
    await this.#request('evm_setNextBlockTimestamp', time);
    this.time = time;
  }

  async #impersonate(sender: Address): Promise<void> {
    if (this.#impersonated.has(sender)) return;
    await this.#request('hardhat_impersonateAccount', sender);
    this.#impersonated.add(sender);
  }

  async #request<T>(method: string, ...params: readonly unknown[]): Promise<T> {
    return (await this.#provider.request({ method, params })) as T;
  }
}

function abiOf(name: ContractName): Abi {
  const abi = abis[name];
  if (abi === undefined) throw new Error(`no ABI for ${name}`);
  return abi;
}

function lower(address: string): Address {
  return address.toLowerCase() as Address;
}

/** The error that a refused transaction carries. Anything else is a fault of this driver or of the chain, and is thrown. */
function failureOf(error: unknown): Failure {
  const data = error instanceof Error && 'data' in error ? error.data : undefined;
  if (typeof data !== 'string' || !data.startsWith('0x')) throw error;
  if (data === '0x') return { error: 'a revert without data', values: [] };
  const { errorName, args } = decodeErrorResult({ abi: marketErrors, data: data as Hex });
  return { error: errorName, values: args ?? [] };
}
