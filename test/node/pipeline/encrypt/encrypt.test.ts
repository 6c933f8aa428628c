import { expect } from 'chai';
import * as fc from 'fast-check';
import { createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

import { AssertionError } from '../../../../node/core/assert.ts';
import { FRAME_BYTES, TAG_BYTES } from '../../../../node/core/units.ts';
import { cipherLength, frameCount, sealFrame } from '../../../../node/pipeline/encrypt/frame.ts';
import { deriveFrameKey, newObjectSecret } from '../../../../node/pipeline/encrypt/frame-key.ts';
import { cutFrames, FrameReader } from '../../../../node/pipeline/encrypt/frames.ts';
import { chunksOf, codeOf } from '../object-fixture.ts';

const objectKey = randomBytes(32);
const key = deriveFrameKey(newObjectSecret(), objectKey);

async function seal(plain: Uint8Array): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const frame of cutFrames(chunksOf(plain, 70_001))) {
    const { body, tag } = sealFrame(key, objectKey, frame);
    pieces.push(...body, tag);
  }
  return Buffer.concat(pieces);
}

async function open(cipher: Uint8Array, plainBytes: number, chunkBytes = 65_536): Promise<Uint8Array> {
  const reader = new FrameReader({ key, objectKey, plainBytes });
  const plain: Uint8Array[] = [];
  for (let at = 0; at < cipher.byteLength; at += chunkBytes)
    plain.push(...reader.push(cipher.subarray(at, at + chunkBytes)));
  reader.end();
  return Buffer.concat(plain);
}

const SEALED = FRAME_BYTES + TAG_BYTES;

describe('encryption', () => {
  it('derives keys by HKDF, apart for each object, secret and replica', () => {
    const secret = Buffer.alloc(32, 1);
    const salt = Buffer.alloc(32, 2);
    const expected = hkdfSync('sha256', secret, salt, Buffer.from('stowmarket/frames/v1\u0000\u0003'), 32);
    expect(deriveFrameKey(secret, salt, 3).export().equals(Buffer.from(expected))).to.equal(true);
    const keys = [
      deriveFrameKey(secret, salt),
      deriveFrameKey(secret, salt, 0),
      deriveFrameKey(secret, salt, 1),
      deriveFrameKey(secret, Buffer.alloc(32, 3)),
      deriveFrameKey(Buffer.alloc(32, 9), salt),
    ];
    expect(new Set(keys.map((each) => each.export().toString('hex'))).size).to.equal(keys.length);
    expect(() => deriveFrameKey(secret, salt, 0xffff)).to.throw(AssertionError);
    expect(() => deriveFrameKey(secret.subarray(1), salt)).to.throw(AssertionError);
  });

  it('writes frames that AES-256-GCM as documented opens', async () => {
    const plain = randomBytes(FRAME_BYTES + 5);
    const cipher = await seal(plain);
    const frame = cipher.subarray(SEALED);
    const nonce = Buffer.from('000000000000000000000001', 'hex');
    const decipher = createDecipheriv('aes-256-gcm', key, nonce);
    decipher.setAAD(Buffer.concat([objectKey, Buffer.from('000000000000000101', 'hex')]));
    decipher.setAuthTag(frame.subarray(5));
    expect(decipher.update(frame.subarray(0, 5)).equals(plain.subarray(FRAME_BYTES))).to.equal(true);
    decipher.final();
  });

  it('goes both ways at every boundary, in chunks of any size', async () => {
    for (const size of [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES, 2 * FRAME_BYTES + 7]) {
      const plain = randomBytes(size);
      const cipher = await seal(plain);
      expect(cipher.byteLength).to.equal(cipherLength(size));
      for (const chunkBytes of [1 + (size >> 3), 65_536, SEALED, 3 * SEALED]) {
        expect(Buffer.compare(await open(cipher, size, chunkBytes), plain), `${size} bytes`).to.equal(0);
      }
    }
    expect(frameCount(0)).to.equal(1);
  });

  it('cuts frames of 1 MiB whatever the chunks, one of them final', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 1_500_000 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(sizes, async (chunkSizes) => {
        async function* source(): AsyncGenerator<Uint8Array> {
          for (const size of chunkSizes) yield new Uint8Array(size).fill(7);
        }
        const total = chunkSizes.reduce((sum, size) => sum + size, 0);
        const frames: [number, boolean, number][] = [];
        for await (const { index, final, bytes } of cutFrames(source())) frames.push([index, final, bytes.byteLength]);
        expect(frames).to.have.length(frameCount(total));
        for (const [i, [index, final, length]] of frames.entries()) {
          const last = i === frames.length - 1;
          expect([index, final]).to.deep.equal([i, last]);
          expect(length).to.equal(last ? total - i * FRAME_BYTES : FRAME_BYTES);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('finds every flipped byte, giving back nothing of its frame', async () => {
    const plain = randomBytes(300);
    const cipher = await seal(plain);
    for (let at = 0; at < cipher.byteLength; at++) {
      const flipped = Uint8Array.from(cipher);
      flipped[at] = (flipped[at] ?? 0) ^ 0x80;
      expect(await codeOf(open(flipped, 300))).to.equal('frame-forged');
    }
  });

  it('finds every truncation, every surplus and a wrong length', async () => {
    const cipher = await seal(randomBytes(200));
    for (let length = 0; length < cipher.byteLength; length++) {
      expect(await codeOf(open(cipher.subarray(0, length), 200))).to.equal('frame-truncated');
    }
    expect(await codeOf(open(Buffer.concat([cipher, Buffer.alloc(1)]), 200))).to.equal('frame-surplus');
    expect(await codeOf(open(cipher, 199))).to.equal('frame-forged');
    expect(await codeOf(open(cipher, 201))).to.equal('frame-truncated');
  });

  it('finds frames that were dropped, swapped, repeated or taken for the last', async () => {
    const plainBytes = 2 * FRAME_BYTES + 100;
    const cipher = await seal(randomBytes(plainBytes));
    const [a, b, c] = [cipher.subarray(0, SEALED), cipher.subarray(SEALED, 2 * SEALED), cipher.subarray(2 * SEALED)];
    expect(await codeOf(open(Buffer.concat([b, a, c]), plainBytes))).to.equal('frame-forged');
    expect(await codeOf(open(Buffer.concat([a, a, c]), plainBytes))).to.equal('frame-forged');
    expect(await codeOf(open(Buffer.concat([a, c]), FRAME_BYTES + 100))).to.equal('frame-forged');
    expect(await codeOf(open(Buffer.concat([a, b]), 2 * FRAME_BYTES))).to.equal('frame-forged');
    expect(await codeOf(open(Buffer.concat([a, b]), plainBytes))).to.equal('frame-truncated');
  });

  it('binds a frame to its object and replica', async () => {
    const secret = newObjectSecret();
    const frame = { index: 0, final: true, bytes: randomBytes(50) };
    const { body, tag } = sealFrame(deriveFrameKey(secret, objectKey, 1), objectKey, frame);
    const openAs = (otherKey: ReturnType<typeof deriveFrameKey>, otherObject: Uint8Array): Uint8Array[] =>
      new FrameReader({ key: otherKey, objectKey: otherObject, plainBytes: 50 }).push(Buffer.concat([...body, tag]));
    expect(Buffer.concat(openAs(deriveFrameKey(secret, objectKey, 1), objectKey)).equals(frame.bytes)).to.equal(true);
    expect(() => openAs(deriveFrameKey(secret, objectKey, 2), objectKey)).to.throw('does not decipher');
    expect(() => openAs(deriveFrameKey(secret, objectKey, 1), randomBytes(32))).to.throw('does not decipher');
  });

  it('gives no empty pieces, wherever the ciphertext is cut', async () => {
    const plain = randomBytes(FRAME_BYTES + 40);
    const cipher = await seal(plain);
    for (const cuts of [[0], [FRAME_BYTES], [FRAME_BYTES + 7], [SEALED], [SEALED, SEALED + 40, SEALED + 55]]) {
      const reader = new FrameReader({ key, objectKey, plainBytes: plain.byteLength });
      const edges = [0, ...cuts, cipher.byteLength];
      const pieces = cuts.flatMap((cut, i) => reader.push(cipher.subarray(edges[i], cut)));
      pieces.push(...reader.push(cipher.subarray(cuts.at(-1))));
      reader.end();
      expect(pieces.every(({ byteLength }) => byteLength > 0)).to.equal(true);
      expect(Buffer.concat(pieces).equals(plain)).to.equal(true);
    }
    const nothing = new FrameReader({ key, objectKey, plainBytes: 0 });
    expect(nothing.push(await seal(new Uint8Array()))).to.deep.equal([]);
  });

  it('starts in the middle', async () => {
    const plain = randomBytes(2 * FRAME_BYTES + 100);
    const cipher = await seal(plain);
    const reader = new FrameReader({ key, objectKey, plainBytes: plain.byteLength, firstFrame: 2 });
    const rest = Buffer.concat(reader.push(cipher.subarray(2 * SEALED)));
    expect(rest.equals(plain.subarray(2 * FRAME_BYTES))).to.equal(true);
    reader.end();
  });
});
