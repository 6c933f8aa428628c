import { expect } from 'chai';
import hre from 'hardhat';

import { LargeProvider, type ProofGas } from '../../../scripts/gas/large-provider.ts';

/** Writing a slot that was zero instead of one that was not. */
const NEW_SLOT_GAS = 17_100;
/** Draws follow block hashes, and so do the nodes that paths share and the zero bytes: one proof's gas is some 1,500 off its mean, that of so many 400. */
const PROOFS = 16;

/** Gas of whole transactions, calldata floor included, which only a node's receipt shows. `npm run bench:gas` prints them. */
describe('Gas of possession proofs', function () {
  this.timeout(300_000);

  /** What a proof finds: a new word of the provider's bitmap comes once in 224 periods, a fixed seed with all proofs but a period's first. */
  async function measure(
    drawCount: number,
    agreements: number,
  ): Promise<{ firstEver: ProofGas; first: ProofGas; later: ProofGas }> {
    const large = await LargeProvider.deploy(await hre.network.create(), drawCount);
    await large.add(agreements);
    const firstEver = await large.prove(false);
    const first = await meanOf(large, false);
    const later = await meanOf(large, true);
    expect(await large.isProven()).to.equal(true);
    return { firstEver, first, later };
  }

  async function meanOf(large: LargeProvider, afterAnother: boolean): Promise<ProofGas> {
    const mean = { gas: 0, floor: 0 };
    for (let proof = 0; proof < PROOFS; proof += 1) {
      const { gas, floor } = await large.prove(afterAnother);
      mean.gas += gas / PROOFS;
      mean.floor += floor / PROOFS;
    }
    return mean;
  }

  it('5 draws, one agreement: within 1.05 of the floor of its own calldata', async () => {
    // Nodes that its paths share are sent once: that lowers the floor itself, by some 13,000 gas.
    const { firstEver, first, later } = await measure(5, 1);
    expect(first.gas / first.floor).to.be.at.most(1.05);
    expect(later.gas / later.floor).to.be.at.most(1.05);
    expect(first.gas).to.be.at.most(190_000);
    // A new bitmap word on top, once in 224 periods, without the Reputation record that only the first proof ever creates.
    expect(firstEver.gas - NEW_SLOT_GAS).to.be.at.most(200_000);
  });

  it('5 draws: grows with the logarithm of the agreements', async () => {
    for (const [agreements, limit] of [
      [100, 215_000],
      [1_000, 235_000],
      [10_000, 235_000],
    ] as const) {
      const { first, later } = await measure(5, agreements);
      expect(first.gas).to.be.at.most(limit, `${agreements} agreements`);
      expect(later.gas).to.be.at.most(limit - 5_000, `${agreements} agreements`);
    }
  });

  it('16 draws, 10,000 agreements: within 1.08 of the calldata floor', async () => {
    const { first } = await measure(16, 10_000);
    expect(first.gas / first.floor).to.be.at.most(1.08);
  });

  it('a missed period costs the same to notice whatever the agreements', async () => {
    const gas: number[] = [];
    for (const agreements of [1, 1_000]) {
      const large = await LargeProvider.deploy(await hre.network.create(), 5);
      await large.add(agreements);
      await large.toNextPeriod();
      await large.toNextPeriod();
      gas.push(await large.recordMisses());
    }
    expect(gas[0]).to.equal(gas[1]);
  });
});
