import type { HardhatEthers } from '@nomicfoundation/hardhat-ethers/types';
import { type Contract, getCreateAddress, type TransactionReceipt, ZeroAddress } from 'ethers';

import { joinPaths } from '../../node/proofs/shared-paths.ts';
import { ConstantShard } from './constant-shard.ts';
import { calldataFloor, type GasChain } from './market.ts';

/** The provider whose set grows, and one that proves before it. */
const PROVIDER = 1;
const OTHER_PROVIDER = 2;
/** 1 GiB of stored bytes. */
const GIB_UNITS = 16_384;
/** Longer than forming and proving take, one block a transaction. */
const PERIOD_BLOCKS = 2_000;
/** Adding a shard costs about 50k gas: a batch stays below the 2^24 gas that one transaction may use. */
const BATCH = 250;
const RENT = 10n ** 12n;

/** Gas of a proof's whole transaction, and the EIP-7623 floor of its own calldata. */
export interface ProofGas {
  gas: number;
  floor: number;
}

/**
 * PossessionProofs for providers with thousands of agreements of 1 GiB: their set is filled by a stand-in for Agreements, since forming
 * each would take minutes. Reputation is the market's own; Collateral is a stand-in that stores two words.
 */
export class LargeProvider {
  readonly #ethers: HardhatEthers;
  readonly #agreements: Contract;
  readonly #proofs: Contract;
  readonly #shard = new ConstantShard(Buffer.alloc(32, 7), GIB_UNITS);

  private constructor(ethers: HardhatEthers, agreements: Contract, proofs: Contract) {
    this.#ethers = ethers;
    this.#agreements = agreements;
    this.#proofs = proofs;
  }

  static async deploy({ ethers, provider }: GasChain, drawCount: number): Promise<LargeProvider> {
    await provider.request({ method: 'evm_setBlockGasLimit', params: ['0x3938700'] });
    const randomness = await ethers.deployContract('BlockRandomness');
    const collateral = await ethers.deployContract('FakeCollateral');
    const agreements = await ethers.deployContract('FakeAgreements');
    const [deployer] = await ethers.getSigners();
    if (deployer === undefined) throw new Error('the local chain has accounts');
    const nonce = (await ethers.provider.getTransactionCount(deployer.address)) + 1;
    const reputation = await ethers.deployContract('Reputation', [
      { newcomer: 10n ** 18n, halfLifePeriods: 90, badWeight: 10, fullClients: 1 },
      getCreateAddress({ from: deployer.address, nonce }),
      await agreements.getAddress(),
      ZeroAddress,
    ]);
    const genesisBlock = await ethers.provider.getBlockNumber();
    const proofs = await ethers.deployContract('PossessionProofs', [
      { genesisBlock, periodBlocks: PERIOD_BLOCKS, drawCount, maintenancePeriods: 0, maintenanceCycle: 1 },
      await randomness.getAddress(),
      ZeroAddress,
      await collateral.getAddress(),
      await reputation.getAddress(),
      await agreements.getAddress(),
    ]);
    const large = new LargeProvider(ethers, agreements, proofs);
    await large.#addTo(OTHER_PROVIDER, 1);
    return large;
  }

  /** Gives the provider `count` more agreements. */
  async add(count: number): Promise<void> {
    for (let left = count; left > 0; left -= BATCH) await this.#addTo(PROVIDER, Math.min(left, BATCH));
  }

  /** Proves the next period. @param afterAnother whether another provider proved it before, and so fixed its seed */
  async prove(afterAnother: boolean): Promise<ProofGas> {
    await this.toNextPeriod();
    const period = await this.#currentPeriod();
    if (afterAnother)
      await this.#send(this.#proofs, 'prove', OTHER_PROVIDER, period, await this.#proofOf(OTHER_PROVIDER));
    const proof = await this.#proofOf(PROVIDER);
    const receipt = await this.#send(this.#proofs, 'prove', PROVIDER, period, proof);
    const data = this.#proofs.interface.encodeFunctionData('prove', [PROVIDER, period, proof]);
    return { gas: Number(receipt.gasUsed), floor: Number(calldataFloor(data)) };
  }

  /** Records what the provider missed; returns the transaction's gas. */
  async recordMisses(): Promise<number> {
    return Number((await this.#send(this.#proofs, 'recordMisses', PROVIDER, 0)).gasUsed);
  }

  async isProven(): Promise<boolean> {
    return (await this.#proofs.getFunction('isProven')(PROVIDER, await this.#currentPeriod())) as boolean;
  }

  /** To the second block of the next period, from which its draws can be read. */
  async toNextPeriod(): Promise<void> {
    const opening = (await this.#proofs.getFunction('openingBlock')((await this.#currentPeriod()) + 1)) as bigint;
    const blocks = Number(opening) + 1 - (await this.#ethers.provider.getBlockNumber());
    await this.#ethers.provider.send('hardhat_mine', [`0x${blocks.toString(16)}`]);
  }

  async #addTo(provider: number, count: number): Promise<void> {
    const { root } = this.#shard;
    await this.#send(
      this.#agreements,
      'addMany',
      await this.#proofs.getAddress(),
      provider,
      root,
      GIB_UNITS,
      RENT,
      count,
    );
  }

  async #proofOf(provider: number): Promise<Uint8Array> {
    const draws = (await this.#proofs.getFunction('draws')(provider)) as { agreement: bigint; leaf: bigint }[];
    return joinPaths(draws.map(({ agreement, leaf }) => ({ agreement, leaf, path: this.#shard.proof() })));
  }

  async #currentPeriod(): Promise<number> {
    return Number(await this.#proofs.getFunction('currentPeriod')());
  }

  async #send(contract: Contract, method: string, ...args: unknown[]): Promise<TransactionReceipt> {
    const tx = await contract.getFunction(method)(...args);
    return (await tx.wait()) as TransactionReceipt;
  }
}
