import { expect } from 'chai';
import { randomBytes } from 'node:crypto';

import { toHex } from '../../../../node/core/bytes.ts';
import { CELL_BYTES, FRAME_BYTES, UNIT_BYTES } from '../../../../node/core/units.ts';
import { ObjectEncoder, requireWhole } from '../../../../node/pipeline/encode/object-encoder.ts';
import { openEnvelope, ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import { decodeHeaderUnit, envelopeAad } from '../../../../node/pipeline/header/header-unit.ts';
import { layoutOf } from '../../../../node/pipeline/layout.ts';
import { ShardCommitment } from '../../../../node/pipeline/merkle/commitment.ts';
import { OWNER_PRIVATE_KEY, codeOf, collect, newEncoder, store } from '../object-fixture.ts';

/** Yields random bytes forever, counting; `closed` resolves when it is stopped. */
function endless(): { source: AsyncGenerator<Uint8Array>; state: { bytes: number }; closed: Promise<void> } {
  const state = { bytes: 0 };
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  async function* generate(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = randomBytes(65_536);
        state.bytes += chunk.byteLength;
        yield chunk;
      }
    } finally {
      resolve();
    }
  }
  return { source: generate(), state, closed };
}

describe('object encoder', () => {
  it('sends units 1, 2, … and the header last, with the roots of the bytes that it sent', async () => {
    const stored = await store(randomBytes(3_000_000), 4, 6);
    const { object, shards, order } = stored;
    expect(object.unitsPerShard).to.equal(layoutOf(3_000_000, 4).unitsPerShard);
    const units = Array.from({ length: object.unitsPerShard - 1 }, (_, index) => index + 1);
    for (const [index, shard] of shards.entries()) {
      expect(order[index]).to.deep.equal([...units, 0]);
      expect(shard.byteLength).to.equal(object.unitsPerShard * UNIT_BYTES);
      const commitment = new ShardCommitment();
      commitment.write(shard);
      expect(toHex(commitment.finish())).to.equal(toHex(object.roots[index] ?? new Uint8Array()));
    }
    expect(new Set(object.roots.map(toHex)).size).to.equal(6);
  });

  it('writes a header that its owner opens and that names the shard', async () => {
    const { object, shards, content } = await store(randomBytes(1000), 2, 3);
    for (const [index, shard] of shards.entries()) {
      const header = decodeHeaderUnit(shard.subarray(0, UNIT_BYTES));
      expect(header).to.include({ k: 2, n: 3, index, plainBytes: 1000 });
      expect(toHex(header.objectKey)).to.equal(toHex(object.objectKey));
      const opened = await openEnvelope(OWNER_PRIVATE_KEY, header.envelope, envelopeAad(header));
      expect(opened.name).to.equal(content.name);
      expect(toHex(opened.secret)).to.equal(toHex(content.secret));
    }
  });

  it('makes replicas that share no unit', async () => {
    const { object, shards } = await store(randomBytes(700_000), 1, 3);
    expect(object.unitsPerShard).to.equal(1 + Math.ceil(700_016 / UNIT_BYTES));
    const seen = new Set<string>();
    for (const shard of shards) {
      for (let unit = 0; unit < object.unitsPerShard; unit++) {
        seen.add(toHex(shard.subarray(unit * UNIT_BYTES, (unit + 1) * UNIT_BYTES)));
      }
    }
    expect(seen.size).to.equal(3 * object.unitsPerShard);
  });

  it('shows no plaintext', async () => {
    const { shards } = await store(Buffer.alloc(500_000, 'plain text'), 2, 4);
    for (const shard of shards) expect(Buffer.from(shard).includes('plain text')).to.equal(false);
  });

  it('never runs ahead of its slowest reader by more than a few stripes', async () => {
    const { source, state, closed } = endless();
    const { encoder } = newEncoder(source, 4, 6);
    const [first, ...others] = encoder.shards;
    for (const stream of others) await stream.next();
    const waiting = others.map(async (stream) => {
      for (let i = 0; i < 50; i++) await stream.next();
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const stripe = 4 * CELL_BYTES;
    expect(state.bytes).to.be.at.most(4 * stripe + 2 * FRAME_BYTES);
    await first?.return?.();
    await Promise.all(waiting);
    expect(state.bytes).to.be.at.least(50 * stripe);
    await Promise.all(others.map(async (stream) => stream.return?.()));
    expect(await codeOf(encoder.result)).to.equal('encode-abandoned');
    await closed;
  });

  it('goes on with the shards that are still read, and gives their roots', async () => {
    const plain = randomBytes(5_000_000);
    const { encoder } = newEncoder(chunks(plain), 3, 5);
    const [dropped, ...kept] = encoder.shards;
    const collecting = Promise.all(kept.map(collect));
    await dropped?.next();
    await dropped?.return?.();
    const shards = await collecting;
    const object = await encoder.result;
    expect(object.roots).to.have.length(5);
    expect(object.roots[0]).to.equal(undefined);
    expect(() => requireWhole(object)).to.throw('every shard was made');
    for (const [index, { bytes }] of shards.entries()) {
      const commitment = new ShardCommitment();
      commitment.write(bytes);
      expect(toHex(commitment.finish())).to.equal(toHex(object.roots[index + 1] ?? new Uint8Array()));
    }
  });

  it('makes the same parity for whoever is left, whichever others are', async () => {
    const plain = randomBytes(4_000_000);
    const whole = await store(plain, 2, 5);
    const { objectKey, envelope } = whole.object;
    for (const left of [[2], [3], [4], [2, 3], [2, 4], [3, 4], [0, 1], [0, 1, 2, 4]]) {
      const encoder = new ObjectEncoder(chunks(plain), {
        objectKey,
        k: 2,
        n: 5,
        owner: ownerPublicKey(OWNER_PRIVATE_KEY),
        content: whole.content,
        envelope,
      });
      const kept = [0, 1, 2, 3, 4].filter((index) => !left.includes(index));
      for (const index of left) await encoder.shards[index]?.return?.();
      const shards = await Promise.all(kept.map(async (index) => collect(encoder.shards[index]!)));
      for (const [at, index] of kept.entries())
        expect(Buffer.compare(shards[at]!.bytes, whole.shards[index]!), `${index} without ${left.join()}`).to.equal(0);
      const { roots } = await encoder.result;
      for (const index of [0, 1, 2, 3, 4])
        expect(roots[index], `${index} without ${left.join()}`).to.deep.equal(
          left.includes(index) ? undefined : whole.object.roots[index],
        );
    }
  });

  it('passes a failing source on to every stream and the result', async () => {
    const { encoder } = newEncoder(broken(), 2, 3);
    expect(await Promise.all(encoder.shards.map(async (stream) => codeOf(collect(stream))))).to.deep.equal(
      Array.from({ length: 3 }, () => 'EIO'),
    );
    expect(await codeOf(encoder.result)).to.equal('EIO');
  });

  it('stops at once when aborted, even while the source stays silent', async () => {
    const abort = new AbortController();
    const reason = new Error('interrupted');
    const { encoder } = newEncoder(silent(), 2, 3, abort.signal);
    const streams = encoder.shards.map(async (stream) => codeOf(collect(stream)));
    setTimeout(() => abort.abort(reason), 20);
    expect(await codeOf(encoder.result)).to.equal(reason);
    expect(await Promise.all(streams)).to.deep.equal([reason, reason, reason]);
  });

  it('refuses a code that does not exist', () => {
    expect(() => newEncoder(chunks(new Uint8Array()), 5, 4)).to.throw('5 of 4');
  });
});

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 100_000) yield bytes.subarray(at, at + 100_000);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield randomBytes(2_000_000);
  throw Object.assign(new Error('disk gone'), { code: 'EIO' });
}

async function* silent(): AsyncGenerator<Uint8Array> {
  yield randomBytes(10);
  await new Promise(() => undefined);
}
