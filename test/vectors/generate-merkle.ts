import { writeFileSync } from 'node:fs';

import { to0x } from '../../node/core/bytes.ts';
import { sszProof, sszRoot } from '../node/proofs/ssz-oracle.ts';

// Writes merkle.json from the independent SSZ implementation alone: none of the project's own hashing is involved.
// Run: node test/vectors/generate-merkle.ts

const LEAVES_PER_UNIT = 1024;
const ROOT_UNITS = [...Array.from({ length: 70 }, (_, index) => index + 1), 1000, 4097];
const PROOF_UNITS = [1, 2, 3, 5, 8, 33, 70, 1000, 4097];

const vectors = {
  about:
    'Shard roots and leaf proofs by @chainsafe/ssz and @chainsafe/persistent-merkle-tree. Unit = 65536 bytes; the shard is padded with zero units to a power of two. A proof is the 64-byte leaf, then siblings from the bottom up.',
  fill: '32-byte chunk c of the shard, counted from 0, is uint256 big-endian c + 1',
  roots: ROOT_UNITS.map((units) => ({ units, root: to0x(sszRoot(units)) })),
  proofs: PROOF_UNITS.flatMap((units) =>
    probes(units).map((leafIndex) => {
      const { root, proof } = sszProof(units, leafIndex);
      return { units, leafIndex, root: to0x(root), proof: to0x(proof) };
    }),
  ),
};

writeFileSync(new URL('merkle.json', import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`);

function probes(units: number): number[] {
  const last = units * LEAVES_PER_UNIT - 1;
  return [0, Math.floor(last / 3), last];
}
