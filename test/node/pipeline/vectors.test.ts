import { secp256k1 } from '@noble/curves/secp256k1.js';
import { expect } from 'chai';
import { createHash, createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hexToBytes } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import { fromHex, toHex } from '../../../node/core/bytes.ts';
import { encodeCbor } from '../../../node/core/cbor.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { decodeObject } from '../../../node/pipeline/decode/decode-object.ts';
import { ObjectEncoder, requireWhole } from '../../../node/pipeline/encode/object-encoder.ts';
import { sealFrame, FrameOpener } from '../../../node/pipeline/encrypt/frame.ts';
import { deriveFrameKey } from '../../../node/pipeline/encrypt/frame-key.ts';
import { StripeBuffer } from '../../../node/pipeline/erasure/stripe-buffer.ts';
import { openEnvelope, ownerPublicKey, type EnvelopeContent } from '../../../node/pipeline/header/envelope.ts';
import { decodePublicShare, encodePublicShare, openShare } from '../../../node/pipeline/header/share-envelope.ts';
import { decodeHeaderUnit, encodeHeaderUnit, envelopeAad } from '../../../node/pipeline/header/header-unit.ts';
import { deriveOwnerKey, STORAGE_KEY_TYPED_DATA } from '../../../node/pipeline/header/owner-key.ts';
import { layoutOf, type Layout } from '../../../node/pipeline/layout.ts';
import { newObjectKey, rekeyedObjectKey } from '../../../node/pipeline/object-key.ts';
import { seededBytes } from '../../vectors/reference/bytes.ts';
import { chunksOf, collect, gather, memoryReader } from './object-fixture.ts';

type HexContent = Omit<EnvelopeContent, 'secret'> & { secret: string };

interface HeaderVector {
  objectKey: string;
  k: number;
  n: number;
  plainBytes: number;
  index: number;
  content: HexContent;
  plaintext: string;
  additionalData: string;
  envelope: string;
  unitStart: string;
}

interface ObjectVector {
  k: number;
  n: number;
  plainBytes: number;
  plainSeed: number;
  objectKey: string;
  content: HexContent;
  envelope: string;
  unitsPerShard: number;
  shards: { root: string; sha256: string }[];
}

interface ShareVector {
  owner: string;
  reader: string;
  objectKey: string;
  description: HexContent & { k: number; n: number; plainBytes: number };
  open: string;
  sealed: string;
}

interface Vectors {
  ownerKeys: Record<'walletKey' | 'address' | 'digest' | 'signature' | 'privateKey' | 'publicKey', string>[];
  objectKeys: Record<'client' | 'salt' | 'objectKey', string>[];
  rekeyedKeys: Record<'client' | 'privateKey' | 'objectKey' | 'next', string>[];
  frameKeys: { secret: string; objectKey: string; shard?: number; key: string }[];
  frames: ({ index: number; final: boolean } & Record<
    'key' | 'objectKey' | 'plain' | 'nonce' | 'additionalData' | 'ciphertext' | 'tag',
    string
  >)[];
  headers: { ownerPrivateKey: string; vectors: HeaderVector[] };
  shares: ShareVector[];
  layouts: Layout[];
  parity: { k: number; index: number; cellBytes: number; parity: string }[];
  objects: ObjectVector[];
}

const vectors = JSON.parse(readFileSync(new URL('../../vectors/data-path.json', import.meta.url), 'utf8')) as Vectors;
/** Neither a divisor nor a multiple of anything in the format. */
const ODD_CHUNK = 70_001;
const ownerPrivateKey = fromHex(vectors.headers.ownerPrivateKey, 32);

function contentOf({ secret, ...rest }: HexContent): EnvelopeContent {
  return { secret: fromHex(secret, 32), ...rest };
}

/** The shards of an object by this project's encoder, under the keys and the envelope of the vector. */
async function encode(
  vector: ObjectVector,
  plain: Uint8Array,
  chunkBytes: number,
): Promise<{ roots: string[]; shards: Uint8Array[] }> {
  const { k, n } = vector;
  const encoder = new ObjectEncoder(chunksOf(plain, chunkBytes), {
    objectKey: fromHex(vector.objectKey, 32),
    k,
    n,
    owner: ownerPublicKey(ownerPrivateKey),
    content: contentOf(vector.content),
    envelope: fromHex(vector.envelope),
  });
  const shards = await Promise.all(encoder.shards.map(async (stream) => (await collect(stream)).bytes));
  return { roots: requireWhole(await encoder.result).roots.map(toHex), shards };
}

/** The same signature as other wallets write it: recovery id from 0, and the other of its two s. */
function otherForms(signature: Uint8Array): Uint8Array[] {
  const v = signature[64] ?? 0;
  const s = BigInt(`0x${toHex(signature.subarray(32, 64))}`);
  const high = Buffer.from(signature);
  high.write((secp256k1.Point.Fn.ORDER - s).toString(16).padStart(64, '0'), 32, 'hex');
  high[64] = v === 27 ? 28 : 27;
  return [signature, high].flatMap((form) => [
    form,
    Buffer.concat([form.subarray(0, 64), Buffer.of((form[64] ?? 0) - 27)]),
  ]);
}

describe('data path vectors', () => {
  it('derive the owner’s key from a wallet', async () => {
    for (const vector of vectors.ownerKeys) {
      const account = privateKeyToAccount(`0x${vector.walletKey}`);
      expect(account.address.toLowerCase()).to.equal(`0x${vector.address}`);
      const signature = hexToBytes(await account.signTypedData(STORAGE_KEY_TYPED_DATA));
      expect(toHex(signature)).to.equal(vector.signature);
      const privateKey = deriveOwnerKey(signature);
      expect(toHex(privateKey)).to.equal(vector.privateKey);
      expect(toHex(ownerPublicKey(privateKey))).to.equal(vector.publicKey);
      for (const other of otherForms(signature)) expect(toHex(deriveOwnerKey(other))).to.equal(vector.privateKey);
    }
  });

  it('derive object keys and frame keys', () => {
    for (const { client, privateKey, objectKey, next } of vectors.rekeyedKeys)
      expect(toHex(rekeyedObjectKey(fromHex(client), fromHex(privateKey), fromHex(objectKey)))).to.equal(next);
    for (const { client, salt, objectKey } of vectors.objectKeys)
      expect(toHex(newObjectKey(fromHex(client, 20), fromHex(salt, 32)))).to.equal(objectKey);
    for (const { secret, objectKey, shard, key } of vectors.frameKeys)
      expect(toHex(deriveFrameKey(fromHex(secret), fromHex(objectKey), shard).export())).to.equal(key);
  });

  it('seal and open frames', () => {
    for (const { index, final, ...texts } of vectors.frames) {
      const key = createSecretKey(fromHex(texts.key, 32));
      const objectKey = fromHex(texts.objectKey, 32);
      const { body, tag } = sealFrame(key, objectKey, { index, final, bytes: fromHex(texts.plain) });
      expect({ ciphertext: toHex(Buffer.concat(body)), tag: toHex(tag) }).to.deep.equal({
        ciphertext: texts.ciphertext,
        tag: texts.tag,
      });
      const opener = new FrameOpener(key, objectKey, index, final);
      opener.push(fromHex(texts.ciphertext));
      expect(toHex(Buffer.concat(opener.finish(fromHex(texts.tag))))).to.equal(texts.plain);
    }
  });

  it('write and read header units, and open their envelopes', async () => {
    for (const vector of vectors.headers.vectors) {
      const { k, n, plainBytes, index } = vector;
      const fields = { objectKey: fromHex(vector.objectKey, 32), k, n, plainBytes, index };
      const envelope = fromHex(vector.envelope);
      const unit = encodeHeaderUnit({ ...fields, envelope });
      expect(unit.byteLength).to.equal(UNIT_BYTES);
      const start = fromHex(vector.unitStart);
      expect(toHex(unit.subarray(0, start.byteLength))).to.equal(vector.unitStart);
      expect(unit.subarray(start.byteLength).every((byte) => byte === 0)).to.equal(true);
      expect(toHex(envelopeAad(fields))).to.equal(vector.additionalData);
      expect(toHex(encodeCbor(contentOf(vector.content)))).to.equal(vector.plaintext);

      const header = decodeHeaderUnit(unit);
      expect({ ...header, objectKey: toHex(header.objectKey), envelope: toHex(header.envelope) }).to.deep.equal({
        ...fields,
        objectKey: vector.objectKey,
        envelope: vector.envelope,
      });
      const content = await openEnvelope(ownerPrivateKey, header.envelope, envelopeAad(header));
      expect({ ...content, secret: toHex(content.secret) }).to.deep.equal(vector.content);
    }
  });

  it('open shares, sealed and in the clear', async () => {
    for (const vector of vectors.shares) {
      const subject = {
        owner: fromHex(vector.owner, 20),
        reader: fromHex(vector.reader, 20),
        objectKey: fromHex(vector.objectKey, 32),
      };
      const { secret, ...rest } = vector.description;
      const description = { ...rest, secret: fromHex(secret, 32) };
      expect(await openShare(ownerPrivateKey, fromHex(vector.sealed), subject)).to.deep.equal(description);
      expect(decodePublicShare(fromHex(vector.open))).to.deep.equal(description);
      expect(toHex(encodePublicShare(description))).to.equal(vector.open);
    }
  });

  it('lay objects out', () => {
    expect(vectors.layouts.length).to.be.greaterThan(100);
    for (const layout of vectors.layouts) expect(layoutOf(layout.plainBytes, layout.k)).to.deep.equal(layout);
  });

  it('compute parity cells', () => {
    for (const { k, index, cellBytes, parity } of vectors.parity) {
      const buffer = new StripeBuffer({ k, n: Math.max(index + 1, k), slots: 1, cellBytes });
      for (let j = 0; j < k; j++) buffer.cell(0, j).set(seededBytes(cellBytes, 7 * j + 1));
      buffer.encode(0);
      expect(toHex(buffer.cell(0, index)), `shard ${index}, k = ${k}`).to.equal(parity);
    }
  });

  it('encode whole objects to the byte, and decode them', async () => {
    for (const [number, vector] of vectors.objects.entries()) {
      const { k, n, plainBytes, plainSeed } = vector;
      const plain = seededBytes(plainBytes, plainSeed);
      const { roots, shards } = await encode(vector, plain, number % 2 === 0 ? ODD_CHUNK : plainBytes);
      const got = shards.map((shard, index) => ({
        root: roots[index],
        sha256: createHash('sha256').update(shard).digest('hex'),
      }));
      expect(got, `${plainBytes} bytes, ${k} of ${n}`).to.deep.equal(vector.shards);
      expect(shards.every((shard) => shard.byteLength === vector.unitsPerShard * UNIT_BYTES)).to.equal(true);
      const decoded = await gather(
        decodeObject({
          header: { objectKey: fromHex(vector.objectKey, 32), k, n, plainBytes },
          secret: contentOf(vector.content).secret,
          readers: Array.from({ length: k }, (_, i) => memoryReader(shards, n - 1 - i)),
        }),
      );
      expect(Buffer.compare(decoded, plain)).to.equal(0);
    }
  });
});
