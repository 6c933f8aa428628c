import { expect } from 'chai';
import { randomBytes } from 'node:crypto';

import { CELL_BYTES, FRAME_BYTES, UNIT_BYTES } from '../../../../node/core/units.ts';
import { decodeObject, type DecodeInit } from '../../../../node/pipeline/decode/decode-object.ts';
import { codeOf, gather, store, type Stored } from '../object-fixture.ts';
import { settle, unhandledDuring } from '../../support/unhandled.ts';
import { expectPlain, initOf } from './expect-plain.ts';
import { WatchedReader } from './watched-reader.ts';

describe('windows of a read', () => {
  const plain = randomBytes(17_000_000);
  let stored: Stored;
  before(async () => {
    stored = await store(plain, 2, 4);
  });

  const watched = (...indices: number[]): WatchedReader[] =>
    indices.map((index) => new WatchedReader(stored.shards, index));

  const reading = (readers: DecodeInit['readers'], more: Partial<DecodeInit> = {}): DecodeInit => ({
    ...initOf(stored, []),
    readers,
    ...more,
  });

  it('are of 8 MiB, and given back once they were deciphered', async () => {
    const readers = watched(0, 1);
    await expectPlain(reading(readers), plain);
    for (const reader of readers) {
      // Sixteen stripes of two cells; the last stripe has cells of two units.
      expect(reader.asked).to.deep.equal([
        { from: 1, count: 64 },
        { from: 65, count: 64 },
        { from: 129, count: 2 },
      ]);
      expect(reader.released.map((bytes) => reader.given.indexOf(bytes))).to.deep.equal([0, 1, 2]);
    }
  });

  it('are of one stripe where a stripe is larger', async () => {
    const wide = await store(randomBytes(34 * CELL_BYTES), 33, 34);
    const readers = Array.from({ length: 33 }, (_, index) => new WatchedReader(wide.shards, index));
    await gather(decodeObject({ ...initOf(wide, []), readers }));
    expect(readers[0]?.asked).to.deep.equal([
      { from: 1, count: 4 },
      { from: 5, count: 1 },
    ]);
  });

  it('are fetched two at once, and the next when the first is there', async () => {
    const gates = [1, 2, 3].map(() => Promise.withResolvers<void>());
    const readers = [0, 1].map(
      (index) => new WatchedReader(stored.shards, index, async (call) => gates[call - 1]?.promise),
    );
    const callsOf = (): number[] => readers.map(({ asked }) => asked.length);
    const pieces = decodeObject(reading(readers));
    const first = pieces.next();
    await settle();
    expect(callsOf()).to.deep.equal([2, 2]);
    // The second cannot be deciphered before the first.
    gates[1]?.resolve();
    await settle();
    expect(callsOf()).to.deep.equal([2, 2]);
    gates[0]?.resolve();
    expect((await first).done).to.equal(false);
    await settle();
    expect(callsOf()).to.deep.equal([3, 3]);
    expect(readers.map(({ released }) => released.length)).to.deep.equal([0, 0]);
    await pieces.return();
  });

  it('take of a range its frames alone, and of lost cells as many units of parity', async () => {
    const range = { from: 2 * FRAME_BYTES, to: 2 * FRAME_BYTES + 1 };
    const [first, second] = watched(0, 1) as [WatchedReader, WatchedReader];
    await expectPlain(reading([first, second], { range }), plain, range.from, range.to);
    // Its frame begins at byte 2 x 1,048,592 of the ciphertext: 32 bytes into stripe 4, and ends 48 bytes into stripe 6.
    expect([first.asked, second.asked]).to.deep.equal([[{ from: 17, count: 9 }], [{ from: 17, count: 8 }]]);
    const [parity, other] = watched(3, 1) as [WatchedReader, WatchedReader];
    await expectPlain(reading([parity, other], { range }), plain, range.from, range.to);
    expect([parity.asked, other.asked]).to.deep.equal([[{ from: 17, count: 9 }], [{ from: 17, count: 9 }]]);
  });

  it('are none for a range of no bytes, but one for an object of none, whose frame is checked', async () => {
    const readers = watched(0, 1);
    for (const at of [0, 5, plain.byteLength])
      await expectPlain(reading(readers, { range: { from: at, to: at } }), plain, at, at);
    expect(readers.map(({ asked }) => asked)).to.deep.equal([[], []]);
    const empty = await store(new Uint8Array(), 2, 3);
    await expectPlain({ ...initOf(empty, [0, 1]), range: { from: 0, to: 0 } }, new Uint8Array());
    expect(await codeOf(gather(decodeObject({ ...initOf(empty, [0, 1]), secret: randomBytes(32) })))).to.equal(
      'frame-forged',
    );
  });

  it('end with the read: whoever still reads for it hears why', async () => {
    const readers = watched(0, 1);
    const pieces = decodeObject(reading(readers));
    await pieces.next();
    const [signal] = readers[0]!.signals;
    expect(signal?.aborted).to.equal(false);
    await pieces.return();
    expect(signal?.reason).to.be.instanceOf(DOMException).and.to.include({
      name: 'AbortError',
      message: 'the read has ended',
    });
    const abort = new AbortController();
    const reason = new Error('interrupted');
    const others = watched(0, 1);
    const aborted = decodeObject(reading(others, { signal: abort.signal }));
    await aborted.next();
    abort.abort(reason);
    expect(others[1]?.signals.map((each) => each.reason as unknown)).to.deep.equal([reason, reason, reason]);
    await aborted.return();
  });

  it('that fail ahead of the one that is waited for end the read, not the process', async () => {
    const gate = Promise.withResolvers<void>();
    const failing = new WatchedReader(stored.shards, 0, async (call) => {
      if (call === 2) throw new Error('hung up');
      await gate.promise;
      throw new Error('hung up, too');
    });
    const unhandled = await unhandledDuring(async () => {
      const got = codeOf(gather(decodeObject(reading([failing, ...watched(1)]))));
      await settle();
      gate.resolve();
      expect(await got).to.equal('too-few-shards');
    });
    expect(unhandled).to.deep.equal([]);
  });

  it('go on from the same frame when a replica takes over from another', async () => {
    const replicated = await store(plain, 1, 3);
    const failing = new WatchedReader(replicated.shards, 0, async (call) => {
      if (call === 2) throw new Error('hung up');
    });
    const spare = new WatchedReader(replicated.shards, 2);
    const source = { failed: () => undefined, next: async () => spare };
    await expectPlain({ ...initOf(replicated, []), readers: [failing], source }, plain);
    // 8 MiB, of which seven frames and the beginning of an eighth were whole; that one is read again from its start.
    expect(spare.asked.at(0)).to.deep.equal({ from: 1 + 128, count: 128 });
    expect(spare.asked.some(({ from }) => from === 1 + Math.floor((7 * (FRAME_BYTES + 16)) / UNIT_BYTES))).to.equal(
      true,
    );
  });
});
