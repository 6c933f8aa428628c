import { randomBytes } from 'node:crypto';
import { expect } from 'chai';

import type { Holder } from '../../../../node/transfer/read/holder.ts';
import { openForReading } from '../../../../node/client/get/get.ts';
import { ownEnvelope } from '../../../../node/client/get/unseal.ts';
import { ObjectEncoder, requireWhole, type WholeObject } from '../../../../node/pipeline/encode/object-encoder.ts';
import { newObjectSecret } from '../../../../node/pipeline/encrypt/frame-key.ts';
import { ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import { equal } from '../../../../node/core/bytes.ts';
import { unitRoot } from '../../../../node/pipeline/merkle/unit-tree.ts';
import { verifyUnitPath } from '../../../../node/proofs/verify.ts';
import { expectError } from '../support/expect-error.ts';
import { fakeProvider } from '../support/fake-market.ts';
import { FakeProviders, type Step } from '../support/fake-providers.ts';

const MIB = 1_048_576;

describe('get', () => {
  const privateKey = randomBytes(32);
  const objectKey = randomBytes(32);
  // Several windows, so that a provider can fail midway.
  const bytes = randomBytes(20 * MIB + 5);
  let encoded: WholeObject;
  let providers: FakeProviders;
  let stored: FakeProviders['stored'];

  before(async () => {
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes;
    };
    const content = { secret: newObjectSecret(), name: 'a/b', kind: 'file' as const, mode: 0o644 };
    const encoder = new ObjectEncoder(source(), { objectKey, k: 4, n: 6, owner: ownerPublicKey(privateKey), content });
    const uploads = new FakeProviders();
    await Promise.all(
      encoder.shards.map(async (stream, index) => {
        const body = (async function* () {
          for await (const piece of stream) yield piece.bytes;
        })();
        await uploads.putShard(fakeProvider(index + 1), { id: String(index), bulk: [] }, body, {});
      }),
    );
    encoded = requireWhole(await encoder.result);
    stored = uploads.stored;
  });

  beforeEach(() => {
    providers = new FakeProviders();
    for (const [id, shard] of stored) providers.stored.set(id, shard);
  });

  function holders(): Holder[] {
    return encoded.roots.map((root, shardIndex) => ({
      shardIndex,
      agreement: 1n,
      provider: fakeProvider(shardIndex + 1),
      root,
      units: encoded.unitsPerShard,
    }));
  }

  async function read(signal = new AbortController().signal, from = holders()) {
    const readable = await openForReading(providers, {
      objectKey,
      holders: from,
      unseal: ownEnvelope(privateKey),
      signal,
    });
    const parts: Uint8Array[] = [];
    for await (const part of readable.bytes()) parts.push(part);
    return { readable, bytes: Buffer.concat(parts) };
  }

  it('gives every byte back with name and mode, from data shards alone when all are well', async () => {
    const result = await read();
    expect(result.bytes.equals(bytes)).to.equal(true);
    expect(result.readable.content).to.include({ name: 'a/b', mode: 0o644 });
    expect(result.readable.failures()).to.deep.equal([]);
  });

  for (const step of ['read', 'read-midway', 'corrupt', 'truncate'] as Step[]) {
    it(`reads on elsewhere when two providers fail by ${step}`, async () => {
      providers.fail(1, step);
      providers.fail(3, step);
      const result = await read();
      expect(result.bytes.equals(bytes)).to.equal(true);
      expect(
        result.readable
          .failures()
          .map(({ provider }) => provider)
          .toSorted((a, b) => a - b),
      ).to.deep.equal([1, 3]);
    });
  }

  it('reports each wrong answer with what proves it, and lets no byte of it through', async () => {
    providers.fail(1, 'corrupt');
    providers.fail(3, 'corrupt-roots');
    const result = await read();
    expect(result.bytes.equals(bytes)).to.equal(true);
    const of = (provider: number) => providers.wrong.filter(({ holder }) => holder.provider.id === provider);
    expect(of(3).map(({ what }) => what)).to.deep.equal(['unit-roots']);
    // It reads ahead: what was asked for meanwhile is wrong, too.
    expect(of(1).map(({ what }) => what)).to.include('unit');
    expect(of(1).length + of(3).length).to.equal(providers.wrong.length);
    const [unit] = of(1);
    if (unit?.what !== 'unit') throw new Error('provider 1 sent a wrong unit');
    expect(unit.unit).to.be.greaterThan(0);
    const { root, units } = unit.holder;
    expect(
      verifyUnitPath({ root, units, unitIndex: unit.unit, unitRoot: unit.unitRoot, path: unit.path }),
    ).to.deep.equal({ ok: true });
    expect(equal(unitRoot(unit.bytes), unit.unitRoot)).to.equal(false);
    unit.bytes[100] = (unit.bytes[100] ?? 0) ^ 1;
    expect(equal(unitRoot(unit.bytes), unit.unitRoot)).to.equal(true);
  });

  it('names corrupt and truncated shards when too few good ones are left, as an integrity failure', async () => {
    providers.fail(1, 'corrupt');
    providers.fail(2, 'truncate');
    providers.fail(4, 'read');
    const error = await expectError(read(), 'too-few-good-shards');
    expect(error.exitCode).to.equal(7);
    expect(error.message).to.contain('shard 0, provider 1: shard 0 at provider 1 is corrupt');
    expect(error.message).to.contain('shard 1 at provider 2 ends before its unit');
    expect(error.message).to.contain('shard 3, provider 4');
  });

  it('says to try again when providers are only out of reach', async () => {
    for (const id of [1, 2, 3]) providers.fail(id, 'read');
    const error = await expectError(read(), 'too-few-shards');
    expect(error.exitCode).to.equal(5);
    expect(error.retryable).to.equal(true);
  });

  it('gives nothing of a shard that another object’s provider put in its place', async () => {
    const swapped = holders().map((holder) =>
      holder.shardIndex === 0
        ? { ...holder, shardIndex: 1 }
        : holder.shardIndex === 1
          ? { ...holder, shardIndex: 0 }
          : holder,
    );
    const result = await read(undefined, swapped);
    expect(result.bytes.equals(bytes)).to.equal(true);
    expect(result.readable.failures().every(({ integrity }) => integrity)).to.equal(true);
  });

  it('does not wait long for a provider that says nothing', async () => {
    const silent = { ...holders()[0]!, provider: fakeProvider(1) };
    const roots = providers.unitRoots.bind(providers);
    providers.unitRoots = async (holder) =>
      holder.provider.id === silent.provider.id ? new Promise(() => undefined) : roots(holder);
    const result = await read();
    expect(result.bytes.equals(bytes)).to.equal(true);
    expect(result.readable.failures()).to.deep.equal([]);
  });

  it('does not open for another wallet', async () => {
    await expectError(
      openForReading(providers, {
        objectKey,
        holders: holders(),
        unseal: ownEnvelope(randomBytes(32)),
        signal: new AbortController().signal,
      }),
      'envelope-closed',
    );
  });

  it('stops at once when told, even if a provider hangs', async () => {
    providers.fail(2, 'hang');
    const abort = new AbortController();
    const reading = read(abort.signal).catch((error: unknown) => error);
    setImmediate(() => abort.abort(new Error('ctrl-C')));
    expect(await reading).to.have.property('message', 'ctrl-C');
  });
});
