import { expect } from 'chai';
import { createSecretKey, randomBytes } from 'node:crypto';

import { AssertionError } from '../../../node/core/assert.ts';
import { CELL_BYTES, UNIT_BYTES } from '../../../node/core/units.ts';
import { ReaderSet, type ShardReader } from '../../../node/pipeline/decode/reader-set.ts';
import { StripeRing } from '../../../node/pipeline/encode/stripe-ring.ts';
import { StripeWriter } from '../../../node/pipeline/encode/stripe-writer.ts';
import { Turnstile } from '../../../node/pipeline/encode/turnstile.ts';
import { FrameOpener } from '../../../node/pipeline/encrypt/frame.ts';
import { deriveFrameKey } from '../../../node/pipeline/encrypt/frame-key.ts';
import { FrameReader } from '../../../node/pipeline/encrypt/frames.ts';
import { generatorRow, rebuildMatrix } from '../../../node/pipeline/erasure/code.ts';
import { inverse, invertMatrix, multiply, multiplyRow } from '../../../node/pipeline/erasure/gf256.ts';
import { StripeBuffer } from '../../../node/pipeline/erasure/stripe-buffer.ts';
import { ownerPublicKey } from '../../../node/pipeline/header/envelope.ts';
import { decodeHeaderUnit, encodeHeaderUnit, type HeaderFields } from '../../../node/pipeline/header/header-unit.ts';
import { settle, unhandledDuring } from '../support/unhandled.ts';
import { codeOf } from './object-fixture.ts';

const reader = (index: number): ShardReader => ({ index, readUnits: async () => new Uint8Array() });

// Each of these would be a mistake of ours, and would spoil bytes if it went on.
describe('bounds of the pipeline', () => {
  it('takes keys, objects and tags of their length only', () => {
    const key = createSecretKey(randomBytes(32));
    expect(() => deriveFrameKey(randomBytes(31), randomBytes(32))).to.throw(AssertionError, 'an object secret');
    expect(() => deriveFrameKey(randomBytes(32), randomBytes(31))).to.throw(AssertionError, 'object key');
    expect(() => deriveFrameKey(randomBytes(32), randomBytes(32), -1)).to.throw(AssertionError, 'a replica number');
    for (const length of [15, 17]) {
      const opener = new FrameOpener(key, randomBytes(32), 0, true);
      expect(() => opener.finish(new Uint8Array(length))).to.throw(AssertionError, 'a tag of 16 bytes');
    }
    const past = { key, objectKey: randomBytes(32), plainBytes: 10, firstFrame: 1 };
    expect(() => new FrameReader(past)).to.throw(AssertionError, 'frame 1 of 1');
    for (const length of [31, 33]) expect(() => ownerPublicKey(randomBytes(length))).to.throw(AssertionError, 'X25519');
  });

  it('knows the rows of shards only', () => {
    expect([...generatorRow({ k: 3, n: 5 }, 1)]).to.deep.equal([0, 1, 0]);
    for (const index of [-1, 5])
      expect(() => generatorRow({ k: 3, n: 5 }, index)).to.throw(AssertionError, `shard ${index} of 5`);
    for (const present of [[0], [0, 1, 2], [1, 1], [0, 0, 1]])
      expect(() => rebuildMatrix({ k: 2, n: 4 }, present, [3])).to.throw(AssertionError, '2 distinct shards');
  });

  it('takes matrices of fitting shape only', () => {
    expect(() => inverse(256)).to.throw(AssertionError, 'an invertible element, not 256');
    expect(() => invertMatrix([Uint8Array.of(1, 0, 0), Uint8Array.of(0, 1, 0)])).to.throw(AssertionError, 'square');
    expect(() => multiplyRow(Uint8Array.of(1), [Uint8Array.of(1), Uint8Array.of(1)])).to.throw(
      AssertionError,
      'entries',
    );
    expect(() => invertMatrix([Uint8Array.of(0)])).to.throw(AssertionError, 'an invertible matrix');
    expect(() => multiply(1, 256)).to.throw(AssertionError, 'index 256 of 256');
    expect(() => multiplyRow(new Uint8Array(), [])).to.throw(AssertionError, 'row 0 of 0');
  });

  it('has no cells but its own, and works in whole steps of them', () => {
    const buffer = new StripeBuffer({ k: 2, n: 4, slots: 2, cellBytes: 128 });
    expect(buffer.cell(1, 3).byteLength).to.equal(128);
    for (const [slot, index] of [
      [-1, 0],
      [2, 0],
      [0, -1],
      [0, 4],
    ] as const) {
      expect(() => buffer.cell(slot, index)).to.throw(AssertionError, `cell ${index} of slot ${slot}`);
    }
    expect(() => new StripeBuffer({ k: 2, n: 4, slots: 1, cellBytes: 100 })).to.throw(AssertionError, '64 bytes');
    expect(() => new StripeBuffer({ k: 5, n: 4, slots: 1, cellBytes: 64 })).to.throw('a code of 5 of 4');
    for (const [from, to] of [
      [0, 63],
      [1, 64],
      [64, 64],
      [0, 192],
    ] as const) {
      expect(() => buffer.rebuild(0, [2, 3], [0, 1], from, to), `${from} to ${to}`).to.throw(AssertionError, 'range');
    }
    expect(() => buffer.rebuild(0, [0, 1], [2, 1])).to.throw(AssertionError, 'not present');
    buffer.rebuild(0, [0, 1], [], 1, 2);
    new StripeBuffer({ k: 3, n: 3, slots: 1, cellBytes: 64 }).encode(0, 1);
  });

  it('publishes stripes of a fitting size, until it is closed', () => {
    const ring = new StripeRing({ k: 2, n: 3 });
    for (const bytes of [0, -1, CELL_BYTES + 1])
      expect(() => ring.publish(bytes)).to.throw(AssertionError, 'a stripe within the object');
    ring.publish(CELL_BYTES);
    ring.close();
    expect(() => ring.publish(64)).to.throw(AssertionError, 'a stripe within the object');
  });

  it('holds three stripes, and two of a wide code', () => {
    expect(new StripeRing({ k: 2, n: 64 }).buffer.slots).to.equal(3);
    expect(new StripeRing({ k: 2, n: 65 }).buffer.slots).to.equal(2);
  });

  it('appends ciphertexts of one length', async () => {
    const writer = new StripeWriter(new StripeRing({ k: 1, n: 2 }), []);
    expect(await codeOf(writer.append(new Uint8Array(1), new Uint8Array(2)))).to.be.instanceOf(AssertionError);
  });

  it('sends all waiters away with the first failure, later ones too', async () => {
    const turnstile = new Turnstile();
    const first = new Error('first');
    const waiting = codeOf(turnstile.wait());
    turnstile.fail(first);
    turnstile.fail(new Error('second'));
    expect(await waiting).to.equal(first);
    expect(await codeOf(turnstile.wait())).to.equal(first);
    expect(() => turnstile.check()).to.throw('first');
    const quiet = new Turnstile();
    quiet.check();
    quiet.fail(first);
    const ring = new StripeRing({ k: 2, n: 3 });
    ring.fail(first);
    expect(await codeOf(ring.read(0, 0))).to.equal(first);
    expect(await codeOf(ring.acquire())).to.equal(first);
  });

  it('sends nobody through after a failure, and needs nobody who hears of it', async () => {
    const reason = new Error('over');
    const unhandled = await unhandledDuring(async () => {
      const turnstile = new Turnstile();
      turnstile.fail(reason);
      turnstile.open();
      const ring = new StripeRing({ k: 2, n: 3 });
      ring.publish(UNIT_BYTES);
      ring.fail(reason);
      // What was published before is not given any more.
      expect(await codeOf(Promise.race([turnstile.wait(), settle()]))).to.equal(reason);
      expect(await codeOf(ring.read(0, 0))).to.equal(reason);
    });
    expect(unhandled).to.deep.equal([]);
  });

  it('reads from distinct shards that can exist', async () => {
    const shape = { k: 2, n: 4 };
    expect(() => new ReaderSet(shape, [reader(1), reader(1)])).to.throw(AssertionError, 'distinct shards, not 1,1');
    for (const index of [-1, 255])
      expect(() => new ReaderSet(shape, [reader(0), reader(index)])).to.throw(
        AssertionError,
        'shard indices below 255',
      );
    const [first, second] = [reader(0), reader(1)];
    const set = new ReaderSet(shape, [first, second], { failed: () => undefined, next: async () => reader(1) });
    set.drop(first, new Error('gone'));
    expect(await codeOf(set.pick(1))).to.be.instanceOf(AssertionError);
  });

  it('replaces a reader once, however often it is reported, and says why when it cannot', async () => {
    const [first, second, third] = [reader(0), reader(1), reader(2)];
    const spares = [third];
    const failed: number[] = [];
    const set = new ReaderSet({ k: 2, n: 4 }, [first, second], {
      failed: ({ index }) => failed.push(index),
      next: async () => spares.shift(),
    });
    set.drop(first, new Error('slow'));
    set.drop(first, new Error('slow'));
    expect(await Promise.all([set.pick(1), set.pick(1)])).to.deep.equal([
      [second, third],
      [second, third],
    ]);
    set.drop(first, new Error('late'));
    expect(failed).to.deep.equal([0]);
    set.drop(second, new Error('hung up'));
    const failure: unknown = await set.pick(1).catch((error: unknown) => error);
    expect(String(failure)).to.contain('fewer can be read (shard 0: slow; shard 1: hung up)');
    expect(() => new ReaderSet({ k: 2, n: 4 }, [first])).to.throw(/fewer can be read$/);
  });

  it('fits a header into its unit to the last byte, and copies what it reads', () => {
    const fields = { objectKey: randomBytes(32), k: 1, n: 1, index: 0, plainBytes: 1 };
    const room = UNIT_BYTES - bytesAround(fields);
    const full = encodeHeaderUnit({ ...fields, envelope: randomBytes(room) });
    const unit = Uint8Array.from(full);
    const header = decodeHeaderUnit(unit);
    expect(header.envelope.byteLength).to.equal(room);
    unit.fill(0);
    expect(Buffer.compare(header.objectKey, fields.objectKey)).to.equal(0);
    expect(header.envelope.some((byte) => byte !== 0)).to.equal(true);
    expect(() => encodeHeaderUnit({ ...fields, envelope: randomBytes(room + 1) })).to.throw(
      AssertionError,
      'fits its unit',
    );
    expect(() => decodeHeaderUnit(full.subarray(1))).to.throw('has 65535 bytes instead of 65536');
    const long = Buffer.from(full);
    long.writeUInt32BE(UNIT_BYTES - 9 + 1, 5);
    expect(() => decodeHeaderUnit(long)).to.throw('claims to be longer than its unit');
    const old = Buffer.from(full);
    old[4] = 0;
    expect(() => decodeHeaderUnit(old))
      .to.throw('format version 0; this program reads version 1')
      .that.includes({ hint: 'the shard is damaged; read another shard of the object' });
  });
});

/** Bytes of a header unit around its envelope; of one so long that its length is written as that of a full one. */
function bytesAround(fields: HeaderFields): number {
  const envelope = new Uint8Array(60_000);
  const unit = Buffer.from(encodeHeaderUnit({ ...fields, envelope }));
  return 9 + unit.readUInt32BE(5) - envelope.byteLength;
}
