import { expect } from 'chai';
import { createHash, randomBytes } from 'node:crypto';

import { AssertionError } from '../../../../node/core/assert.ts';
import { hashPairs, loadNativePairHasher, portablePairHasher } from '../../../../node/pipeline/merkle/pair-hasher.ts';

async function missing(): Promise<never> {
  throw new Error("Cannot find module '@chainsafe/hashtree-darwin-x64'");
}

describe('pair hasher', () => {
  it('hashes each pair by SHA-256, natively and portably alike', () => {
    for (const pairs of [1, 2, 3, 15, 16, 17, 1024]) {
      const input = randomBytes(pairs * 64);
      const expected = Buffer.concat(
        Array.from({ length: pairs }, (_, i) =>
          createHash('sha256')
            .update(input.subarray(i * 64, (i + 1) * 64))
            .digest(),
        ),
      );
      for (const hasher of [hashPairs, portablePairHasher]) {
        const output = new Uint8Array(pairs * 32);
        hasher(input, output);
        expect(Buffer.from(output).equals(expected)).to.equal(true);
      }
    }
  });

  it('is native on Linux, which has a prebuilt binding for each of its platforms', function () {
    if (process.platform !== 'linux') this.skip();
    expect(hashPairs).not.to.equal(portablePairHasher);
  });

  it('is absent, not fatal, where the native binding does not load', async () => {
    expect(await loadNativePairHasher(missing)).to.equal(undefined);
    expect(await loadNativePairHasher(async () => ({}))).to.equal(undefined);
  });

  it('refuses ragged input and a wrong output size', () => {
    expect(() => portablePairHasher(new Uint8Array(65), new Uint8Array(32))).to.throw(AssertionError);
    expect(() => hashPairs(new Uint8Array(128), new Uint8Array(32))).to.throw(AssertionError);
  });
});
