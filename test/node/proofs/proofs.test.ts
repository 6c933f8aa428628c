import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { encodeAbiParameters, keccak256, parseAbiParameters } from 'viem';

import { fromHex, to0x } from '../../../node/core/bytes.ts';
import { LEAVES_PER_UNIT } from '../../../node/core/units.ts';
import { unitRoot } from '../../../node/pipeline/merkle/unit-tree.ts';
import { buildUpperLevels, pathAboveUnit } from '../../../node/pipeline/merkle/upper-tree.ts';
import { drawPosition, locateDraw } from '../../../node/proofs/challenge.ts';
import { proveLeaf, unitOfLeaf } from '../../../node/proofs/prove.ts';
import { proofBytes, verifyLeaf, verifyUnitPath, verifyUnitRoots } from '../../../node/proofs/verify.ts';
import { filledUnit } from './fill.ts';
import { sszProof } from './ssz-oracle.ts';

interface Vectors {
  roots: { units: number; root: string }[];
  proofs: { units: number; leafIndex: number; root: string; proof: string }[];
}

const vectors = JSON.parse(readFileSync(new URL('../../vectors/merkle.json', import.meta.url), 'utf8')) as Vectors;

const LARGEST = Math.max(...vectors.roots.map(({ units }) => units));

describe('possession proofs', () => {
  let unitRoots: Uint8Array;

  before(() => {
    unitRoots = Buffer.concat(Array.from({ length: LARGEST }, (_, unit) => unitRoot(filledUnit(unit))));
  });

  function proverFor(units: number): { root: Uint8Array; prove: (leafIndex: number) => Uint8Array } {
    const levels = buildUpperLevels(unitRoots.subarray(0, units * 32));
    const node = (level: number, index: number): Uint8Array =>
      (levels[level] ?? new Uint8Array()).subarray(index * 32, index * 32 + 32);
    const prove = (leafIndex: number): Uint8Array =>
      proveLeaf({ units, leafIndex, unit: filledUnit(unitOfLeaf(leafIndex)), node });
    return { root: levels.at(-1) ?? new Uint8Array(), prove };
  }

  it('reaches the roots that an independent SSZ implementation wrote down, up to 4,097 units', () => {
    expect(vectors.roots).to.have.length(72);
    for (const { units, root } of vectors.roots) expect(to0x(proverFor(units).root), `${units} units`).to.equal(root);
  });

  it('gives byte for byte the proofs that an independent implementation wrote down, and accepts them', () => {
    for (const { units, leafIndex, root, proof } of vectors.proofs) {
      expect(to0x(proverFor(units).prove(leafIndex)), `${units} units, leaf ${leafIndex}`).to.equal(proof);
      const claim = { root: fromHex(root, 32), units, leafIndex, proof: fromHex(proof) };
      expect(verifyLeaf(claim)).to.deep.equal({ ok: true });
    }
  });

  it('agrees with the independent proofs for every third unit count up to 70, in its last unit', function () {
    this.timeout(120_000);
    for (let units = 1; units <= 70; units += 3) {
      const leafIndex = units * LEAVES_PER_UNIT - 1 - (units % 7);
      expect(to0x(proverFor(units).prove(leafIndex))).to.equal(to0x(sszProof(units, leafIndex).proof));
    }
  });

  it('opens every leaf of a shard of three units', () => {
    const { root, prove } = proverFor(3);
    for (let leafIndex = 0; leafIndex < 3 * LEAVES_PER_UNIT; leafIndex += 61) {
      expect(verifyLeaf({ root, units: 3, leafIndex, proof: prove(leafIndex) }).ok).to.equal(true);
    }
  });

  it('refuses every flipped byte, every other length, every other position', () => {
    const units = 5;
    const leafIndex = 3 * LEAVES_PER_UNIT + 17;
    const { root, prove } = proverFor(units);
    const proof = prove(leafIndex);
    for (let at = 0; at < proof.length; at++) {
      const flipped = Uint8Array.from(proof);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(verifyLeaf({ root, units, leafIndex, proof: flipped })).to.deep.equal({
        ok: false,
        reason: 'root-mismatch',
      });
    }
    for (let length = 0; length < proof.length; length++) {
      const cut = { root, units, leafIndex, proof: proof.subarray(0, length) };
      expect(verifyLeaf(cut)).to.deep.equal({ ok: false, reason: 'bad-length' });
    }
    for (const other of [leafIndex - 1, leafIndex + 1, leafIndex ^ 1024, 0]) {
      expect(verifyLeaf({ root, units, leafIndex: other, proof })).to.deep.equal({
        ok: false,
        reason: 'root-mismatch',
      });
    }
  });

  it('takes the depth from the unit count: an inner node never passes as a leaf', () => {
    const { root, prove } = proverFor(4);
    const inner = Buffer.concat([unitRoots.subarray(0, 64), prove(0).subarray(-32)]);
    expect(verifyLeaf({ root, units: 4, leafIndex: 0, proof: inner })).to.deep.equal({
      ok: false,
      reason: 'bad-length',
    });
    expect(verifyLeaf({ root, units: 4, leafIndex: 0, proof: root })).to.deep.equal({
      ok: false,
      reason: 'bad-length',
    });
    expect(verifyLeaf({ root, units: 8, leafIndex: 0, proof: prove(0) }).ok).to.equal(false);
    expect(proofBytes(4)).to.equal(64 + 12 * 32);
  });

  it('refuses senseless unit counts and leaves outside the shard without throwing', () => {
    const { root, prove } = proverFor(2);
    const proof = prove(0);
    for (const units of [0, -1, 1.5, Number.NaN, 2 ** 40]) {
      expect(verifyLeaf({ root, units, leafIndex: 0, proof })).to.deep.equal({ ok: false, reason: 'bad-units' });
    }
    for (const leafIndex of [-1, 2048, 0.5, Number.NaN]) {
      expect(verifyLeaf({ root, units: 2, leafIndex, proof })).to.deep.equal({
        ok: false,
        reason: 'leaf-out-of-range',
      });
    }
  });

  it('checks one unit root by its path and all by themselves', () => {
    const units = 33;
    const levels = buildUpperLevels(unitRoots.subarray(0, units * 32));
    const root = levels.at(-1) ?? new Uint8Array();
    for (const unitIndex of [0, 1, 31, 32]) {
      const path = pathAboveUnit(units, unitIndex, (level, index) =>
        (levels[level] ?? new Uint8Array()).subarray(index * 32, index * 32 + 32),
      );
      const one = unitRoots.subarray(unitIndex * 32, unitIndex * 32 + 32);
      expect(verifyUnitPath({ root, units, unitIndex, unitRoot: one, path })).to.deep.equal({ ok: true });
      expect(verifyUnitPath({ root, units, unitIndex: (unitIndex + 1) % units, unitRoot: one, path }).ok).to.equal(
        false,
      );
      expect(verifyUnitPath({ root, units, unitIndex, unitRoot: one, path: path.subarray(32) }).ok).to.equal(false);
    }
    const all = unitRoots.slice(0, units * 32);
    expect(verifyUnitRoots({ root, units, unitRoots: all })).to.deep.equal({ ok: true });
    all[40] = (all[40] ?? 0) ^ 1;
    expect(verifyUnitRoots({ root, units, unitRoots: all })).to.deep.equal({ ok: false, reason: 'root-mismatch' });
    expect(verifyUnitRoots({ root, units, unitRoots: all.subarray(32) }).ok).to.equal(false);
  });
});

describe('mapping a draw', () => {
  it('hashes what the contract hashes, as abi.encode lays it out', () => {
    const input = {
      seed: keccak256('0x01', 'bytes'),
      chainId: 31_337,
      contract: fromHex('0x5fbdb2315678afecb367f032d93f642f64180aa3'),
      provider: 7,
      period: 12_345,
      totalUnits: 1_000_003,
    };
    for (let index = 0; index < 5; index++) {
      const encoded = encodeAbiParameters(parseAbiParameters('bytes32, uint256, address, uint32, uint32, uint256'), [
        to0x(input.seed),
        31_337n,
        to0x(input.contract),
        7,
        12_345,
        BigInt(index),
      ]);
      expect(drawPosition({ ...input, index })).to.equal(BigInt(keccak256(encoded)) % (1_000_003n * 1024n));
    }
  });

  it('walks through shards in order, 1,024 positions per unit', () => {
    const shards = [{ units: 1 }, { units: 3 }, { units: 2 }];
    expect(locateDraw(0n, shards)).to.deep.equal({ shard: 0, leafIndex: 0 });
    expect(locateDraw(1023n, shards)).to.deep.equal({ shard: 0, leafIndex: 1023 });
    expect(locateDraw(1024n, shards)).to.deep.equal({ shard: 1, leafIndex: 0 });
    expect(locateDraw(4n * 1024n - 1n, shards)).to.deep.equal({ shard: 1, leafIndex: 3 * 1024 - 1 });
    expect(locateDraw(4n * 1024n, shards)).to.deep.equal({ shard: 2, leafIndex: 0 });
    expect(() => locateDraw(6n * 1024n, shards)).to.throw(RangeError);
  });
});
