import { readFileSync } from 'node:fs';

import { expect } from 'chai';
import hre from 'hardhat';

import { sszProof } from '../../node/proofs/ssz-oracle.ts';

const LEAVES_PER_UNIT = 1024;
const SMALL_UNIT_COUNTS = Array.from({ length: 70 }, (_, i) => i + 1);

interface Vectors {
  roots: { units: number; root: string }[];
  proofs: { units: number; leafIndex: number; root: string; proof: string }[];
}

describe('MerkleSha256 against @chainsafe/ssz', function () {
  this.timeout(300_000);

  it('opens an inner leaf and the last one of shards of 1 to 70 units', async () => {
    const harness = await deployHarness();
    for (const units of SMALL_UNIT_COUNTS) {
      const last = units * LEAVES_PER_UNIT - 1;
      for (const leafIndex of [Math.floor(last / 3), last]) {
        const { root, proof } = sszProof(units, leafIndex);
        expect(await harness.getFunction('rootOf')(proof, leafIndex, units)).to.equal(
          hex(root),
          `units ${units}, leaf ${leafIndex}`,
        );
      }
    }
  });

  it('agrees with the shared vectors, up to 4,097 units', async () => {
    const harness = await deployHarness();
    const vectors = JSON.parse(readFileSync(new URL('../../vectors/merkle.json', import.meta.url), 'utf8')) as Vectors;
    const roots = new Map(vectors.roots.map(({ units, root }) => [units, root]));
    expect(Math.max(...roots.keys())).to.equal(4097);
    for (const { units, leafIndex, proof } of vectors.proofs) {
      expect(await harness.getFunction('rootOf')(proof, leafIndex, units)).to.equal(
        roots.get(units),
        `units ${units}, leaf ${leafIndex}`,
      );
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
    const expected: [number, bigint][] = [
      [1, 10n],
      [2, 11n],
      [3, 12n],
      [4, 12n],
      [5, 13n],
      [16384, 24n],
      [16385, 25n],
      [2 ** 32 - 1, 42n],
    ];
    for (const [units, depth] of expected) expect(await harness.getFunction('depthOf')(units)).to.equal(depth);
  });
});

async function deployHarness() {
  const { ethers } = await hre.network.create();
  return ethers.deployContract('MerkleHarness');
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}
