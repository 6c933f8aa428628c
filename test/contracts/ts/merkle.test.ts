import { expect } from 'chai';
import hre from 'hardhat';

import { sszProof, sszRoot } from '../../node/proofs/ssz-oracle.ts';

const LEAVES_PER_UNIT = 1024;
/** Every small shape, the edges of a power of two above, and a shard of 256 MiB + 64 KiB. */
const UNIT_COUNTS = [...Array.from({ length: 70 }, (_, i) => i + 1), 127, 128, 129, 1000, 1025, 4097];

describe('MerkleSha256 against @chainsafe/ssz', function () {
  this.timeout(180_000);

  it(`opens first, inner and last leaves of shards of ${UNIT_COUNTS.length} sizes`, async () => {
    const harness = await deployHarness();
    for (const units of UNIT_COUNTS) {
      const root = hex(sszRoot(units));
      for (const leafIndex of probes(units)) {
        const { proof } = sszProof(units, leafIndex);
        expect(await harness.getFunction('rootOf')(proof, leafIndex, units)).to.equal(root, `units ${units}, leaf ${leafIndex}`);
      }
    }
  });

  it('gives another root for a neighbouring leaf, a changed byte and swapped siblings', async () => {
    const harness = await deployHarness();
    const { root, proof } = sszProof(5, 3000);
    const rootOf = (bytes: Uint8Array, leaf: number) => harness.getFunction('rootOf')(bytes, leaf, 5);
    expect(await rootOf(proof, 3000)).to.equal(hex(root));
    for (const leaf of [3001, 2999, 0, 5 * LEAVES_PER_UNIT - 1, 8 * LEAVES_PER_UNIT - 1]) {
      expect(await rootOf(proof, leaf)).not.to.equal(hex(root));
    }
    for (let offset = 0; offset < proof.length; offset += 31) {
      const changed = Uint8Array.from(proof);
      changed[offset] = (changed[offset] ?? 0) ^ 1;
      expect(await rootOf(changed, 3000)).not.to.equal(hex(root), `byte ${offset}`);
    }
    const swapped = Buffer.concat([proof.subarray(32, 64), proof.subarray(0, 32), proof.subarray(64)]);
    expect(await rootOf(swapped, 3000)).not.to.equal(hex(root));
  });

  it('takes its depth from the unit count', async () => {
    const harness = await deployHarness();
    const expected: [number, bigint][] = [[1, 10n], [2, 11n], [3, 12n], [4, 12n], [5, 13n], [16384, 24n], [16385, 25n], [2 ** 32 - 1, 42n]];
    for (const [units, depth] of expected) expect(await harness.getFunction('depthOf')(units)).to.equal(depth);
  });
});

async function deployHarness() {
  const { ethers } = await hre.network.create();
  return ethers.deployContract('MerkleHarness');
}

function probes(units: number): number[] {
  const last = units * LEAVES_PER_UNIT - 1;
  return [...new Set([0, 1, Math.floor(last / 3), last - LEAVES_PER_UNIT + 1, last])];
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}
