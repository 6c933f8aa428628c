import type { Contract } from 'ethers';
import hre from 'hardhat';

import { CALL_GAS } from './proof-chain.ts';

/** No test takes that many blocks. */
const PERIOD_BLOCKS = 10_000;
const ROOT = `0x${'11'.repeat(32)}`;
/** What one call samples: some 500 draws. The chain keeps a trace of each call, so that longer ones cost more time than they save. */
const SEEDS_PER_CALL = 32;

/** How often what was drawn. */
export interface DrawCounts {
  byAgreement: number[];
  byPlace: number[];
  byLeaf: number[];
}

/** The contract's draws under as many seeds as one likes, from providers with agreements of given sizes. */
export class DrawChain {
  readonly #sampler: Contract;

  private constructor(sampler: Contract) {
    this.#sampler = sampler;
  }

  /** @param providers units of each provider's agreements; the providers are numbered from 1 */
  static async start(drawCount: number, providers: readonly (readonly number[])[]): Promise<DrawChain> {
    const { ethers, networkHelpers } = await hre.network.create({
      override: { blockGasLimit: CALL_GAS, transactionGasCap: false },
    });
    const agreements = await ethers.deployContract('FakeAgreements');
    const sampler = await ethers.deployContract('DrawSampler', [
      {
        genesisBlock: await ethers.provider.getBlockNumber(),
        periodBlocks: PERIOD_BLOCKS,
        drawCount,
        maintenancePeriods: 0,
        maintenanceCycle: 1,
      },
      await agreements.getAddress(),
    ]);
    for (const [index, list] of providers.entries()) {
      for (const units of list) {
        const args = [await sampler.getAddress(), index + 1, ROOT, units, 1, 1];
        await (await agreements.getFunction('addMany')(...args)).wait();
      }
    }
    await networkHelpers.mine(PERIOD_BLOCKS);
    return new DrawChain(sampler);
  }

  /** Counts the draws of `seeds` seeds. */
  async sample(provider: number, seeds: number): Promise<DrawCounts> {
    const sums: DrawCounts = { byAgreement: [], byPlace: [], byLeaf: [] };
    await inSteps(seeds, async (from, number) => {
      const call = this.#sampler.getFunction('sample');
      const found = (await call.staticCall(provider, from, number, { gasLimit: CALL_GAS })) as Record<string, bigint[]>;
      for (const key of ['byAgreement', 'byPlace', 'byLeaf'] as const) sums[key] = added(sums[key], found[key] ?? []);
    });
    return sums;
  }

  /** In how many of `seeds` seeds a draw falls on one of the first `lost` leaves of a provider's first agreement. */
  async detections(provider: number, lost: number, seeds: number): Promise<number> {
    let sum = 0;
    await inSteps(seeds, async (from, number) => {
      const call = this.#sampler.getFunction('detections');
      const agreement = BigInt(provider) << 32n;
      sum += Number(await call.staticCall(agreement, lost, from, number, { gasLimit: CALL_GAS }));
    });
    return sum;
  }
}

async function inSteps(total: number, step: (from: number, number: number) => Promise<void>): Promise<void> {
  for (let from = 0; from < total; from += SEEDS_PER_CALL) await step(from, Math.min(SEEDS_PER_CALL, total - from));
}

function added(sums: readonly number[], more: readonly bigint[]): number[] {
  return more.map((value, index) => (sums[index] ?? 0) + Number(value));
}
