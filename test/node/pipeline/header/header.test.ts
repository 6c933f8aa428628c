import { secp256k1 } from '@noble/curves/secp256k1.js';
import { expect } from 'chai';
import { hkdfSync, randomBytes } from 'node:crypto';
import { hexToBytes } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

import { toHex } from '../../../../node/core/bytes.ts';
import { decodeCbor, encodeCbor } from '../../../../node/core/cbor.ts';
import { UNIT_BYTES } from '../../../../node/core/units.ts';
import { openEnvelope, ownerPublicKey, sealEnvelope } from '../../../../node/pipeline/header/envelope.ts';
import {
  decodeHeaderUnit,
  encodeHeaderUnit,
  envelopeAad,
  type ShardHeader,
} from '../../../../node/pipeline/header/header-unit.ts';
import { deriveOwnerKey, STORAGE_KEY_TYPED_DATA } from '../../../../node/pipeline/header/owner-key.ts';
import { codeOf } from '../object-fixture.ts';

/** HKDF-SHA256 computed apart from the project, by one line of node:crypto. */
const FIXED_KEY = 'c4e310572c7e466b1ca5c2e9c781f7eb681f952fca52233a88ceaabf2fe21588';

const header: ShardHeader = {
  objectKey: Buffer.alloc(32, 5),
  k: 4,
  n: 6,
  index: 5,
  plainBytes: 123_456_789_012,
  envelope: Buffer.alloc(100, 9),
};

/** The CBOR map of a header unit, changed, in a unit again. */
function tampered(change: (map: Record<string, unknown>) => void): Uint8Array {
  const unit = Buffer.from(encodeHeaderUnit(header));
  const map = decodeCbor(unit.subarray(9, 9 + unit.readUInt32BE(5))) as Record<string, unknown>;
  change(map);
  const body = encodeCbor(map);
  const out = Buffer.alloc(UNIT_BYTES);
  unit.copy(out, 0, 0, 5);
  out.writeUInt32BE(body.byteLength, 5);
  out.set(body, 9);
  return out;
}

function codeOfDecode(unit: Uint8Array): unknown {
  try {
    decodeHeaderUnit(unit);
    return 'no error';
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

describe('header unit', () => {
  it('goes both ways in exactly one unit', () => {
    const unit = encodeHeaderUnit(header);
    expect(unit.byteLength).to.equal(UNIT_BYTES);
    expect(Buffer.from(unit.subarray(0, 5)).toString('latin1')).to.equal('STOW\u0001');
    const decoded = decodeHeaderUnit(unit);
    expect({ ...decoded, objectKey: toHex(decoded.objectKey), envelope: toHex(decoded.envelope) }).to.deep.equal({
      ...header,
      objectKey: toHex(header.objectKey),
      envelope: toHex(header.envelope),
    });
  });

  it('refuses every flipped byte of magic, version, length and padding, and most of the body', () => {
    const unit = encodeHeaderUnit(header);
    const end = 9 + Buffer.from(unit).readUInt32BE(5);
    let changed = 0;
    for (let at = 0; at < end + 200; at++) {
      const flipped = Uint8Array.from(unit);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      const code = codeOfDecode(flipped);
      if (at === 4) expect(code).to.equal('header-version');
      else if (at < 9 || at >= end) expect(code, `byte ${at}`).to.be.oneOf(['bad-header', 'bad-cbor']);
      // Within the body only values may change, which the shard root and the envelope bind.
      else if (code === 'no error') changed++;
      else expect(code).to.be.oneOf(['bad-header', 'bad-cbor']);
    }
    expect(changed).to.be.lessThan(32 + 100 + 16);
  });

  it('refuses other versions, sizes and fields, naming the difference', () => {
    const later = Buffer.from(encodeHeaderUnit(header));
    later.writeUInt8(2, 4);
    expect(() => decodeHeaderUnit(later))
      .to.throw('format version 2')
      .that.includes({ hint: 'update this program' });
    expect(codeOfDecode(new Uint8Array(UNIT_BYTES))).to.equal('bad-header');
    expect(codeOfDecode(new Uint8Array(UNIT_BYTES - 1))).to.equal('bad-header');
    const long = Buffer.from(encodeHeaderUnit(header));
    long.writeUInt32BE(0xffffffff, 5);
    expect(codeOfDecode(long)).to.equal('bad-header');
    const changes: ((map: Record<string, unknown>) => void)[] = [
      (map) => (map['k'] = 7),
      (map) => (map['index'] = 255),
      (map) => (map['n'] = 256),
      (map) => (map['cellBytes'] = 65_536),
      (map) => (map['frameBytes'] = 1),
      (map) => (map['plainBytes'] = -1),
      (map) => (map['plainBytes'] = 2n ** 60n),
      (map) => (map['objectKey'] = new Uint8Array(31)),
      (map) => (map['extra'] = 1),
      (map) => delete map['envelope'],
    ];
    for (const change of changes) expect(codeOfDecode(tampered(change))).to.equal('bad-header');
    expect(codeOfDecode(tampered((map) => (map['index'] = 0)))).to.equal('no error');
    // A shard that began as a spare.
    expect(codeOfDecode(tampered((map) => (map['index'] = 254)))).to.equal('no error');
  });
});

describe('deterministic CBOR', () => {
  it('orders keys and refuses any other encoding', () => {
    expect(toHex(encodeCbor({ b: 1, aa: 2, a: undefined }))).to.equal('a261620162616102');
    for (const bad of [
      'a26261610261620 1',
      'a2616101616102',
      '1801',
      '9f01ff',
      '0101',
      'fb3ff0000000000000',
      'ff',
      '',
    ]) {
      expect(() => decodeCbor(Buffer.from(bad.replace(' ', ''), 'hex')), bad)
        .to.throw()
        .that.includes({ code: 'bad-cbor' });
    }
    expect(() => decodeCbor(Buffer.alloc(60_000, 0x81)))
      .to.throw()
      .that.includes({ code: 'bad-cbor' });
  });
});

describe('envelope', () => {
  const privateKey = randomBytes(32);
  const content = {
    secret: randomBytes(32),
    name: 'Übersicht/Ångström.txt',
    kind: 'file' as const,
    mode: 0o640,
    mtime: 1,
  };
  const aad = envelopeAad(header);

  it('opens for its owner with all that was put in', async () => {
    const sealed = await sealEnvelope(ownerPublicKey(privateKey), content, aad);
    const opened = await openEnvelope(privateKey, sealed, aad);
    expect({ ...opened, secret: toHex(opened.secret) }).to.deep.equal({ ...content, secret: toHex(content.secret) });
    for (const kind of ['tar', 'pack'] as const) {
      const bare = { secret: content.secret, name: 'x', kind };
      const again = await openEnvelope(privateKey, await sealEnvelope(ownerPublicKey(privateKey), bare, aad), aad);
      expect({ ...again, secret: Buffer.from(again.secret) }).to.deep.equal(bare);
    }
  });

  it('stays closed for others, for other headers and for every flipped byte', async () => {
    const sealed = await sealEnvelope(ownerPublicKey(privateKey), content, aad);
    expect(await codeOf(openEnvelope(randomBytes(32), sealed, aad))).to.equal('envelope-closed');
    for (const other of [{ k: 3 }, { n: 7 }, { plainBytes: 1 }, { objectKey: Buffer.alloc(32, 6) }]) {
      const otherAad = envelopeAad({ ...header, ...other });
      expect(await codeOf(openEnvelope(privateKey, sealed, otherAad))).to.equal('envelope-closed');
    }
    for (let at = 0; at < sealed.byteLength; at++) {
      const flipped = Uint8Array.from(sealed);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(await codeOf(openEnvelope(privateKey, flipped, aad)), `byte ${at}`).to.equal('envelope-closed');
    }
    for (const length of [0, 31, 32, 47, sealed.byteLength - 1]) {
      expect(await codeOf(openEnvelope(privateKey, sealed.subarray(0, length), aad))).to.equal('envelope-closed');
    }
  });

  it('serves all shards of an object: the index is not part of what it is bound to', () => {
    const another: ShardHeader = { ...header, index: 0 };
    expect(toHex(envelopeAad(another))).to.equal(toHex(envelopeAad(header)));
  });

  it('refuses descriptions that nobody could use', async () => {
    const owner = ownerPublicKey(privateKey);
    for (const bad of [{ name: 'x'.repeat(4097) }, { mode: 0o10000 }, { mtime: -1 }, { secret: randomBytes(31) }]) {
      expect(await codeOf(sealEnvelope(owner, { ...content, ...bad }, aad))).to.equal('bad-envelope');
    }
  });
});

describe('owner key', () => {
  it('derives from a wallet alone, the same every time', async () => {
    const account = privateKeyToAccount(generatePrivateKey());
    const keys = await Promise.all(
      [1, 2].map(async () => toHex(deriveOwnerKey(hexToBytes(await account.signTypedData(STORAGE_KEY_TYPED_DATA))))),
    );
    expect(keys[0]).to.equal(keys[1]).and.to.have.length(64);
    const other = privateKeyToAccount(generatePrivateKey());
    const otherKey = toHex(deriveOwnerKey(hexToBytes(await other.signTypedData(STORAGE_KEY_TYPED_DATA))));
    expect(otherKey).not.to.equal(keys[0]);
  });

  it('does not depend on how a wallet writes the same signature', async () => {
    const account = privateKeyToAccount(generatePrivateKey());
    const signature = Buffer.from(hexToBytes(await account.signTypedData(STORAGE_KEY_TYPED_DATA)));
    const expected = toHex(deriveOwnerKey(signature));
    const zeroBased = Buffer.from(signature);
    zeroBased[64] = (signature[64] ?? 0) - 27;
    const s = BigInt(`0x${signature.toString('hex', 32, 64)}`);
    const high = Buffer.from(signature);
    high.write((secp256k1.Point.Fn.ORDER - s).toString(16).padStart(64, '0'), 32, 'hex');
    high[64] = 55 - (signature[64] ?? 0);
    expect(toHex(deriveOwnerKey(zeroBased))).to.equal(expected);
    expect(toHex(deriveOwnerKey(high))).to.equal(expected);
  });

  it('counts a signature as low up to half of the order of the curve, and writes the other form with all its zeros', () => {
    const { ORDER } = secp256k1.Point.Fn;
    const half = ORDER / 2n;
    const signed = (s: bigint, v: number): Buffer =>
      Buffer.concat([Buffer.alloc(32, 1), Buffer.from(s.toString(16).padStart(64, '0'), 'hex'), Buffer.of(v)]);
    const keyOf = (signature: Buffer): string =>
      Buffer.from(hkdfSync('sha256', signature, '', 'stowmarket/owner/v1', 32)).toString('hex');
    for (const [low, high] of [
      [half, half + 1n],
      [1n, ORDER - 1n],
    ] as const) {
      for (const [v, other] of [
        [27, 28],
        [28, 27],
      ] as const) {
        const expected = keyOf(signed(low, v));
        expect(toHex(deriveOwnerKey(signed(low, v)))).to.equal(expected);
        expect(toHex(deriveOwnerKey(signed(high, other)))).to.equal(expected);
      }
    }
  });

  it('is the same for ever: a fixed signature gives a fixed key', () => {
    const signature = Buffer.concat([Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.of(27)]);
    expect(toHex(deriveOwnerKey(signature))).to.equal(FIXED_KEY);
  });

  it('refuses what is no such signature', () => {
    for (const bad of [new Uint8Array(64), new Uint8Array(66), Buffer.alloc(65, 5), new Uint8Array()]) {
      expect(() => deriveOwnerKey(bad))
        .to.throw()
        .that.includes({ code: 'bad-storage-signature' });
    }
  });
});
