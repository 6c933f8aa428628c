import { expect } from 'chai';
import crypto, { randomBytes } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';

import { toHex } from '../../../../node/core/bytes.ts';
import { CELL_BYTES, FRAME_BYTES, UNIT_BYTES } from '../../../../node/core/units.ts';
import { ObjectEncoder, type EncodeInit } from '../../../../node/pipeline/encode/object-encoder.ts';
import { PIECE_BYTES } from '../../../../node/pipeline/encrypt/frame.ts';
import { newObjectSecret } from '../../../../node/pipeline/encrypt/frame-key.ts';
import { ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import { decodeHeaderUnit } from '../../../../node/pipeline/header/header-unit.ts';
import { chunksOf, collect, newEncoder, OWNER_PRIVATE_KEY } from '../object-fixture.ts';
import { rejection } from '../../support/rejection.ts';
import { settle, unhandledDuring } from '../../support/unhandled.ts';

const END = { done: true, value: undefined };

function initOf(k: number, n: number): EncodeInit {
  const content = { secret: newObjectSecret(), name: 'some/file.txt', kind: 'file' as const };
  return { objectKey: randomBytes(32), k, n, owner: ownerPublicKey(OWNER_PRIVATE_KEY), content };
}

async function* silent(): AsyncGenerator<Uint8Array> {
  yield await new Promise<never>(() => undefined);
}

async function* broken(reason: Error): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(10);
  throw reason;
}

describe('how an encoder begins and ends', () => {
  it('refuses a code that does not exist, of what is kept and of what is made', () => {
    const refused = (k: number, n: number, shards: number): void =>
      void new ObjectEncoder(silent(), { ...initOf(k, n), shards });
    expect(() => refused(5, 4, 6)).to.throw('a code of 5 of 4 shards does not exist');
    expect(() => refused(3, 4, 2)).to.throw('a code of 3 of 2 shards does not exist');
    expect(() => refused(1, 1, 256)).to.throw('a code of 1 of 256 shards does not exist');
  });

  it('goes on saying that a stream is over, whether it was read to its end or left', async () => {
    const { encoder } = newEncoder(chunksOf(randomBytes(100), 100), 1, 2);
    const [read, left] = encoder.shards;
    expect(await left!.return!()).to.deep.equal(END);
    expect(await left!.next()).to.deep.equal(END);
    const units: number[] = [];
    for await (const { unit } of read!) units.push(unit);
    expect(units).to.deep.equal([1, 0]);
    expect([await read!.next(), await read!.next()]).to.deep.equal([END, END]);
    expect((await encoder.result).unitsPerShard).to.equal(2);
  });

  it('names the shards that hold it up', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield new Uint8Array(FRAME_BYTES);
    }
    const { encoder } = newEncoder(endless(), 1, 3);
    const [slow, ...others] = encoder.shards;
    expect(encoder.heldUpBy()).to.deep.equal([]);
    await slow!.next();
    // Three stripes are made at most before the first is let go by all.
    for (let stripe = 0; stripe < 3; stripe++) await Promise.all(others.map(async (stream) => stream.next()));
    const waiting = others.map(async (stream) => stream.next());
    await settle();
    expect(encoder.heldUpBy()).to.deep.equal([0]);
    expect(encoder.madeBytes).to.equal(3 * CELL_BYTES);
    for (const stream of encoder.shards) await stream.return!();
    await Promise.allSettled(waiting);
  });

  it('says that all streams were dropped, and that the same may succeed later', async () => {
    const { encoder } = newEncoder(silent(), 2, 3);
    await Promise.all(encoder.shards.map(async (stream) => stream.return!()));
    expect(await rejection(encoder.result)).to.include({
      code: 'encode-abandoned',
      message: 'every shard stream of the object was dropped before its end',
      hint: 'see why each upload stopped; then store the object again',
      retryable: true,
    });
  });

  it('has succeeded once all headers are there, even when nobody takes them', async () => {
    const { encoder } = newEncoder(chunksOf(randomBytes(100), 100), 2, 3);
    for (const stream of encoder.shards) await stream.next();
    const { roots } = await encoder.result;
    await Promise.all(encoder.shards.map(async (stream) => stream.return!()));
    expect(roots).to.have.length(3);
    expect((await encoder.result).roots).to.equal(roots);
  });

  it('does not end the process when it fails and only its streams are read', async () => {
    const reason = new Error('disk gone');
    const unhandled = await unhandledDuring(async () => {
      const { encoder } = newEncoder(broken(reason), 1, 1);
      expect(await encoder.shards[0]!.next().catch((error: unknown) => error)).to.equal(reason);
    });
    expect(unhandled).to.deep.equal([]);
  });

  it('tells of its envelope before any header, which waits for it', async () => {
    const allowed = Promise.withResolvers<void>();
    const told: unknown[] = [];
    const encoder = new ObjectEncoder(chunksOf(randomBytes(100), 100), {
      ...initOf(1, 1),
      onSealed: async (sealed) => {
        told.push(sealed);
        await allowed.promise;
      },
    });
    const [stream] = encoder.shards;
    expect((await stream!.next()).value).to.include({ unit: 1 });
    let isThere = false;
    const header = stream!.next().finally(() => (isThere = true));
    while (told.length === 0) await settle();
    await settle();
    expect(isThere).to.equal(false);
    allowed.resolve();
    const { value } = await header;
    const { envelope } = await encoder.result;
    expect(value).to.include({ unit: 0 });
    expect(value?.bytes.byteLength).to.equal(UNIT_BYTES);
    expect(toHex(decodeHeaderUnit(value!.bytes).envelope)).to.equal(toHex(envelope));
    expect(told).to.deep.equal([{ plainBytes: 100, envelope }]);
  });

  it('listens to its signal no longer than it runs', async () => {
    const { signal } = new AbortController();
    const { encoder } = newEncoder(chunksOf(randomBytes(100), 100), 1, 1, signal);
    const collected = collect(encoder.shards[0]!);
    expect(getEventListeners(signal, 'abort')).to.have.length(1);
    await collected;
    expect(getEventListeners(signal, 'abort')).to.have.length(0);
  });

  it('does nothing for a signal that has aborted before', async () => {
    const reason = new Error('too late');
    let isAsked = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      isAsked = true;
      yield new Uint8Array(1);
    }
    const { encoder } = newEncoder(source(), 1, 1, AbortSignal.abort(reason));
    expect(await encoder.shards[0]!.next().catch((error: unknown) => error)).to.equal(reason);
    expect(isAsked).to.equal(false);
  });

  it('frees the ciphertext of each frame once it is laid out', async () => {
    const original = crypto.createCipheriv;
    const sealed: Uint8Array[] = [];
    crypto.createCipheriv = ((...init: Parameters<typeof original>) => {
      const cipher = original(...init);
      const update = cipher.update.bind(cipher) as (data: Uint8Array) => Buffer;
      return Object.assign(cipher, {
        update: (data: Uint8Array) => {
          const body = update(data);
          if (body.byteLength === PIECE_BYTES) sealed.push(body);
          return body;
        },
      });
    }) as typeof original;
    syncBuiltinESMExports();
    try {
      const { encoder } = newEncoder(chunksOf(randomBytes(2 * FRAME_BYTES), FRAME_BYTES), 1, 2);
      await Promise.all(encoder.shards.map(collect));
    } finally {
      crypto.createCipheriv = original;
      syncBuiltinESMExports();
    }
    // Two frames of each of two replicas, in pieces.
    const pieces = (2 * 2 * FRAME_BYTES) / PIECE_BYTES;
    expect(sealed.map(({ byteLength }) => byteLength)).to.deep.equal(Array.from({ length: pieces }, () => 0));
  });
});
