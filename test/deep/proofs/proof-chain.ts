import type { Contract } from 'ethers';
import hre from 'hardhat';

import { assert } from '../../../node/core/assert.ts';
import { fromHex, to0x } from '../../../node/core/bytes.ts';
import { joinPaths } from '../../../node/proofs/shared-paths.ts';
import type { DrawnLeaf } from './joined-verifier.ts';
import { RandomShard } from './random-shard.ts';

/** Room for a transaction of each provider and one more. */
const PERIOD_BLOCKS = 16;
const DRAWS = 4;
const RENT = 10n ** 12n;
/** One call mutates for as long as it takes: no block of a real chain has room for it. */
export const CALL_GAS = 2n ** 40n;
/**
 * Units of each provider's shards. Few and small, so that the draws share paths in every way: within a unit, within a shard, and not at all.
 * Sizes around the powers of two have padding beside real bytes.
 */
const SHARDS: Readonly<Record<number, readonly number[]>> = { 1: [1], 2: [1, 3], 3: [2, 1, 5, 1] };

export const PROVIDERS: readonly number[] = Object.keys(SHARDS).map(Number);

/** What a provider owes in a period, and what proves it. */
export interface Owed {
  provider: number;
  period: number;
  draws: DrawnLeaf[];
  honest: Uint8Array;
}

/** PossessionProofs itself on an in-process chain, with a few providers whose bytes are at hand. */
export class ProofChain {
  readonly proofs: Contract;
  readonly #deploy: (name: string, args?: unknown[]) => Promise<Contract>;
  readonly #agreements: Contract;
  readonly #mine: (blocks: number) => Promise<void>;
  readonly #shards = new Map<bigint, RandomShard>();

  private constructor(init: {
    proofs: Contract;
    agreements: Contract;
    deploy: (name: string, args?: unknown[]) => Promise<Contract>;
    mine: (blocks: number) => Promise<void>;
  }) {
    this.proofs = init.proofs;
    this.#agreements = init.agreements;
    this.#deploy = init.deploy;
    this.#mine = init.mine;
  }

  static async start(): Promise<ProofChain> {
    const { ethers, networkHelpers } = await hre.network.create({
      override: { blockGasLimit: CALL_GAS, transactionGasCap: false },
    });
    const deploy = async (name: string, args: unknown[] = []): Promise<Contract> => ethers.deployContract(name, args);
    const agreements = await deploy('FakeAgreements');
    const proofs = await deploy('PossessionProofs', [
      {
        genesisBlock: await ethers.provider.getBlockNumber(),
        periodBlocks: PERIOD_BLOCKS,
        drawCount: DRAWS,
        maintenancePeriods: 0,
        maintenanceCycle: 1,
      },
      await (await deploy('BlockRandomness')).getAddress(),
      ethers.ZeroAddress,
      await (await deploy('FakeCollateral')).getAddress(),
      await (await deploy('FakeReputation')).getAddress(),
      await agreements.getAddress(),
    ]);
    const chain = new ProofChain({ proofs, agreements, deploy, mine: (blocks) => networkHelpers.mine(blocks) });
    for (const provider of PROVIDERS) {
      for (const [place, units] of (SHARDS[provider] ?? []).entries()) await chain.#add(provider, place, units);
    }
    return chain;
  }

  deploy(name: string): Promise<Contract> {
    return this.#deploy(name);
  }

  /** Goes to the first block in which the next period can be proven. */
  async nextPeriod(): Promise<number> {
    const period = await this.#period();
    const opening = Number(await this.proofs.getFunction('openingBlock')(period + 1));
    const current = (await this.proofs.runner?.provider?.getBlockNumber()) ?? 0;
    await this.#mine(opening + 1 - current);
    return period + 1;
  }

  /** Admits the loss of a provider's shard: the rest of the period asks for nothing of it. */
  async concede(provider: number, place: number): Promise<void> {
    const agreement = agreementOf(provider, place);
    const units = this.shardOf(agreement).units;
    const args = [await this.proofs.getAddress(), agreement, RENT * BigInt(units), true];
    await (await this.#agreements.getFunction('remove')(...args)).wait();
  }

  async owed(provider: number): Promise<Owed> {
    const listed = (await this.proofs.getFunction('draws')(provider)) as {
      agreement: bigint;
      root: string;
      leaf: bigint;
      depth: bigint;
      conceded: boolean;
    }[];
    const draws = listed.map(({ agreement, root, leaf, depth, conceded }) => ({
      agreement,
      root: fromHex(root, 32),
      leaf,
      depth: Number(depth),
      conceded,
    }));
    return { provider, period: await this.#period(), draws, honest: this.join(draws) };
  }

  /** Calldata that submits a proof. */
  proveCall({ provider, period }: Owed, proof: Uint8Array): string {
    return this.proofs.interface.encodeFunctionData('prove', [provider, period, proof]);
  }

  /** Sends a proof for good. Fails when the market does not accept it. */
  async prove({ provider, period }: Owed, proof: Uint8Array): Promise<void> {
    await (await this.proofs.getFunction('prove')(provider, period, proof)).wait();
    assert(await this.proofs.getFunction('isProven')(provider, period), 'an accepted proof counts');
  }

  /** What a provider would send for these draws. */
  join(draws: readonly DrawnLeaf[]): Uint8Array {
    const shown = draws.filter(({ conceded }) => !conceded);
    return joinPaths(shown.map(({ agreement, leaf }) => ({ agreement, leaf, path: this.pathOf(agreement, leaf) })));
  }

  pathOf(agreement: bigint, leaf: bigint): Uint8Array {
    return this.shardOf(agreement).path(Number(leaf));
  }

  shardOf(agreement: bigint): RandomShard {
    const shard = this.#shards.get(agreement);
    assert(shard !== undefined, `agreement ${agreement} has its shard`);
    return shard;
  }

  async #add(provider: number, place: number, units: number): Promise<void> {
    const shard = new RandomShard(`shard ${place} of provider ${provider}`, units);
    this.#shards.set(agreementOf(provider, place), shard);
    const args = [await this.proofs.getAddress(), provider, to0x(shard.root), units, RENT * BigInt(units), 1];
    await (await this.#agreements.getFunction('addMany')(...args)).wait();
  }

  async #period(): Promise<number> {
    return Number(await this.proofs.getFunction('currentPeriod')());
  }
}

function agreementOf(provider: number, place: number): bigint {
  return (BigInt(provider) << 32n) | BigInt(place);
}
