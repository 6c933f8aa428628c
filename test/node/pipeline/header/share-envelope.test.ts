import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';

import { encodeCbor } from '../../../../node/core/cbor.ts';
import { newObjectSecret } from '../../../../node/pipeline/encrypt/frame-key.ts';
import { ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import {
  decodePublicShare,
  encodePublicShare,
  openShare,
  sealShare,
  type ShareDescription,
} from '../../../../node/pipeline/header/share-envelope.ts';
import { codeOf } from '../../support/rejection.ts';

describe('share envelope', () => {
  const privateKey = randomBytes(32);
  const key = ownerPublicKey(privateKey);
  const subject = { owner: randomBytes(20), reader: randomBytes(20), objectKey: randomBytes(32) };
  const description: ShareDescription = {
    secret: newObjectSecret(),
    name: 'Übersicht/日本.txt',
    kind: 'file',
    mode: 0o640,
    mtime: 1_790_000_000_123,
    k: 4,
    n: 6,
    plainBytes: 123_456_789_012,
  };

  it('comes back for its reader as it was, with and without what is optional', async () => {
    const { mode: _mode, mtime: _mtime, ...bare } = description;
    for (const each of [description, bare]) {
      expect(await openShare(privateKey, await sealShare(key, each, subject), subject)).to.deep.equal(each);
      expect(decodePublicShare(encodePublicShare(each))).to.deep.equal(each);
    }
  });

  it('fits the catalogue with the longest name', async () => {
    const longest = { ...description, name: 'n'.repeat(4_096), plainBytes: 2 ** 53 - 1, k: 255, n: 255 };
    expect((await sealShare(key, longest, subject)).byteLength).to.be.lessThan(8_192);
  });

  it('opens for no other wallet, and in no share of another owner, reader or object', async () => {
    const envelope = await sealShare(key, description, subject);
    expect(await codeOf(openShare(randomBytes(32), envelope, subject))).to.equal('share-closed');
    for (const field of ['owner', 'reader', 'objectKey'] as const) {
      const other = { ...subject, [field]: randomBytes(subject[field].byteLength) };
      expect(await codeOf(openShare(privateKey, envelope, other))).to.equal('share-closed');
    }
  });

  it('does not open with any bit flipped, nor cut short', async () => {
    const envelope = await sealShare(key, description, subject);
    await fc.assert(
      fc.asyncProperty(fc.nat(envelope.byteLength * 8 - 1), async (bit) => {
        const altered = Uint8Array.from(envelope);
        // The highest bit of an X25519 key is ignored by those who use it (RFC 7748, section 5), but HPKE hashes it.
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await codeOf(openShare(privateKey, altered, subject))).to.equal('share-closed');
      }),
      { numRuns: 60 },
    );
    for (const length of [0, 1, 31, 32, 47, envelope.byteLength - 1])
      expect(await codeOf(openShare(privateKey, envelope.subarray(0, length), subject))).to.equal('share-closed');
  });

  it('is refused when a description is not one', async () => {
    const { secret, name, k, n } = description;
    const wrong: unknown[] = [
      { ...description, k: 7 },
      { ...description, k: 0 },
      { ...description, plainBytes: -1 },
      { ...description, name: 'n'.repeat(4_097) },
      { ...description, more: 1 },
      { secret, name, k, n },
      'text',
    ];
    for (const each of wrong)
      expect(() => decodePublicShare(encodeCbor(each)))
        .to.throw()
        .with.property('code', 'bad-share');
    expect(() => decodePublicShare(new Uint8Array()))
      .to.throw()
      .with.property('code', 'bad-share');
    expect(() => decodePublicShare(encodePublicShare(description).subarray(1)))
      .to.throw()
      .with.property('code', 'bad-share');
  });

  it('is not sealed for what is no key', async () => {
    for (const bad of [new Uint8Array(31), new Uint8Array(32)])
      expect(await codeOf(sealShare(bad, description, subject))).to.equal('reader-key-bad');
  });
});
