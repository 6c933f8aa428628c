import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';

import { openForReading } from '../../../../node/client/get/get.ts';
import { ownEnvelope } from '../../../../node/client/get/unseal.ts';
import { openSource } from '../../../../node/client/put/open-source.ts';
import { putObject } from '../../../../node/client/put/put.ts';
import type { PutComponents, PutInit, PutResult } from '../../../../node/client/put/put-types.ts';
import { HEAT_BYTES } from '../../../../node/client/put/slow-watch.ts';
import type { PutSource } from '../../../../node/client/put/source.ts';
import { UnfinishedPuts } from '../../../../node/client/put/unfinished/unfinished-puts.ts';
import { restoreShard } from '../../../../node/client/retender/restore-shard.ts';
import { fromHex, to0x } from '../../../../node/core/bytes.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { CELL_BYTES, UNIT_BYTES } from '../../../../node/core/units.ts';
import { ShardCommitment } from '../../../../node/pipeline/merkle/commitment.ts';
import { ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import { expectError } from '../support/expect-error.ts';
import { fakeMarket, fakeProvider, fakeProviders, NOW_S } from '../support/fake-market.ts';
import { FakeProviders } from '../support/fake-providers.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const MIB = 1_048_576;
const CLIENT = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' as const;
/** The clock of these tests runs so much faster, so that patience ends soon. */
const HASTE = 50;

describe('a put with spares', function () {
  this.timeout(60_000);
  const folder = useTempFolder();
  const ownerKey = randomBytes(32);
  let providers: FakeProviders;
  let readings: number;
  let formed: number;

  beforeEach(() => {
    providers = new FakeProviders();
    [readings, formed] = [0, 0];
  });

  function components(known = 8, haste = HASTE): PutComponents {
    return {
      market: fakeMarket(fakeProviders(known)),
      control: providers,
      uploader: providers,
      bring: async () => undefined,
      form: async (signed) => {
        formed++;
        return { ids: signed.map(() => 1n), txHash: '0xfeed', blockNumber: 9n, gasUsed: 1n };
      },
      holders: async () => [],
      catalogue: { put: () => undefined, setState: () => undefined, delete: () => undefined },
      unfinished: new UnfinishedPuts({
        folder: join(folder.path, 'puts'),
        scope: { chainId: 1, market: '0x1', client: CLIENT },
        clock: { nowMs: () => NOW_S * 1_000 },
      }),
      owner: { address: CLIENT, publicKey: ownerPublicKey(ownerKey), privateKey: ownerKey },
      clock: {
        nowMs: () => NOW_S * 1_000,
        sleep: async () => undefined,
        monotonicMs: () => performance.now() * haste,
      },
      logger: silentLogger,
    };
  }

  const init = (over: Partial<PutInit> = {}): PutInit => ({
    name: 'a',
    k: 4,
    n: 6,
    spares: 1,
    periods: 20,
    signal: new AbortController().signal,
    ...over,
  });

  async function sourceOf(kind: 'file' | 'pipe', bytes: Buffer): Promise<PutSource> {
    const path = join(folder.path, 'source');
    if (kind === 'file') await writeFile(path, bytes);
    const source = await openSource(kind === 'file' ? path : '-', {
      stdin: Readable.from(pieces(bytes)),
      maxBytes: bytes.byteLength,
    });
    return {
      ...source,
      open: (options) => {
        readings++;
        return source.open(options);
      },
    };
  }

  async function readBack({ objectKey, agreements }: PutResult, without: readonly number[] = []): Promise<Buffer> {
    const holders = agreements
      .filter(({ shardIndex }) => !without.includes(shardIndex))
      .map(({ provider, shardIndex, shardRoot, units }) => ({
        shardIndex,
        agreement: 1n,
        provider: fakeProvider(provider),
        root: fromHex(shardRoot, 32),
        units,
      }));
    const signal = new AbortController().signal;
    const readable = await openForReading(providers, { objectKey, holders, unseal: ownEnvelope(ownerKey), signal });
    expect(readable.header.n).to.equal(agreements.length);
    const parts: Uint8Array[] = [];
    for await (const part of readable.bytes()) parts.push(part);
    return Buffer.concat(parts);
  }

  const providersIn = ({ agreements }: PutResult): number[] => agreements.map(({ provider }) => provider);

  for (const kind of ['file', 'pipe'] as const) {
    for (const shape of [
      { k: 4, n: 6 },
      { k: 1, n: 3 },
    ]) {
      it(`drops a slow provider of a ${kind} at ${shape.k} of ${shape.n}, with one reading`, async () => {
        // One of the first n takes two pieces and then nothing more, without failing.
        providers.onPiece = async (provider, taken) => {
          if (provider === 2 && taken > 2) await new Promise(() => undefined);
        };
        const bytes = randomBytes(9 * MIB + 1);
        const result = await putObject(components(), await sourceOf(kind, bytes), init(shape));
        expect(readings).to.equal(1);
        expect(result.agreements).to.have.lengthOf(shape.n);
        expect(providersIn(result)).to.not.include(2);
        expect(result.agreements.at(-1)?.shardIndex, 'the spare').to.equal(shape.n);
        expect((await readBack(result)).equals(bytes)).to.equal(true);
      });
    }

    it(`covers a provider of a ${kind} that fails, with one reading`, async () => {
      providers.fail(3, 'put-midway');
      const bytes = randomBytes(9 * MIB);
      const result = await putObject(components(), await sourceOf(kind, bytes), init());
      expect(readings).to.equal(1);
      expect(providersIn(result)).to.have.lengthOf(6).and.to.not.include(3);
      expect((await readBack(result)).equals(bytes)).to.equal(true);
    });
  }

  it('can be read from any k shards, spares among them', async () => {
    for (const id of [1, 3]) providers.fail(id, 'put-midway');
    const bytes = randomBytes(5 * MIB + 3);
    const result = await putObject(components(), await sourceOf('file', bytes), init({ spares: 3 }));
    const indices = result.agreements.map(({ shardIndex }) => shardIndex);
    expect(indices.filter((index) => index >= 6)).to.have.lengthOf(2);
    for (let a = 0; a < indices.length; a++) {
      for (let b = a + 1; b < indices.length; b++) {
        const without = [indices[a] ?? 0, indices[b] ?? 0];
        expect((await readBack(result, without)).equals(bytes), `without ${without.join()}`).to.equal(true);
      }
    }
  });

  it('is rebuilt shard by shard, one that began as a spare too, the same to the byte', async () => {
    for (const shape of [
      { k: 4, n: 6 },
      { k: 1, n: 3 },
    ]) {
      providers = new FakeProviders();
      providers.fail(1, 'put-midway');
      const result = await putObject(components(), await sourceOf('file', randomBytes(3 * MIB)), init(shape));
      const spare = result.agreements.at(-1);
      expect(spare?.shardIndex).to.equal(shape.n);
      const others = result.agreements
        .filter((one) => one !== spare)
        .map(({ provider, shardIndex, shardRoot, units }) => ({
          shardIndex,
          agreement: 1n,
          provider: fakeProvider(provider),
          root: fromHex(shardRoot, 32),
          units,
        }));
      const commitment = new ShardCommitment({ startUnit: 1 });
      const parts: Uint8Array[] = [];
      for await (const part of restoreShard(providers, {
        objectKey: result.objectKey,
        holder: undefined,
        shardIndex: shape.n,
        others,
        owner: { publicKey: ownerPublicKey(ownerKey), privateKey: ownerKey },
        signal: new AbortController().signal,
      }))
        parts.push(Buffer.from(part));
      const shard = Buffer.concat(parts);
      commitment.write(shard.subarray(0, -UNIT_BYTES));
      commitment.seek(0);
      commitment.write(shard.subarray(-UNIT_BYTES));
      expect(to0x(commitment.finish())).to.equal(spare?.shardRoot);
    }
  });

  it('signs and pays for n only, and lets the rest go at once', async () => {
    const result = await putObject(components(), await sourceOf('file', randomBytes(3 * MIB)), init({ spares: 2 }));
    expect(result.agreements).to.have.lengthOf(6);
    expect(formed).to.equal(1);
    const signed = new Set(providers.signed.map(({ shardIndex }) => shardIndex));
    expect(signed.size).to.equal(6);
    expect(providers.released).to.have.lengthOf(2);
    expect([...providers.reserved.values()].map(({ wish }) => wish.shardIndex)).to.have.members([...signed]);
    expect(result.quote.total).to.equal(
      (result.quote.rent * 102n) / 100n + ((result.quote.rent * 102n) % 100n === 0n ? 0n : 1n),
    );
    expect(result.quote.rent).to.equal(
      result.agreements.reduce((sum, one) => sum + one.pricePerUnitPeriod * BigInt(one.units * one.periods), 0n),
    );
  });

  it('does without a spare that cannot be placed, refuses, or would break the limit', async () => {
    const few = await putObject(components(6), await sourceOf('file', randomBytes(MIB)), init());
    expect(providersIn(few)).to.have.members([1, 2, 3, 4, 5, 6]);
    providers = new FakeProviders();
    providers.fail(7, 'reserve');
    providers.fail(8, 'reserve');
    expect(
      providersIn(await putObject(components(), await sourceOf('file', randomBytes(MIB)), init())),
    ).to.have.lengthOf(6);
    providers = new FakeProviders();
    // The dearest six of seven cost more than the cheapest six.
    const limit = few.quote.total;
    const cheap = await putObject(components(), await sourceOf('file', randomBytes(MIB)), init({ maxTotal: limit }));
    expect(cheap.quote.total <= limit).to.equal(true);
    expect(providersIn(cheap)).to.have.members([1, 2, 3, 4, 5, 6]);
    expect(providers.sent).to.have.lengthOf(6);
  });

  it('never waits for nobody: with too few left, the slow one is waited for', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    providers.fail(1, 'put');
    providers.onPiece = async (provider, taken) => {
      if (provider === 2 && taken === 2) await gate;
    };
    setTimeout(() => release(), 400);
    const result = await putObject(components(), await sourceOf('pipe', randomBytes(9 * MIB)), init());
    expect(providersIn(result)).to.include(2);
  });

  describe('once all have shown how fast they are', () => {
    const shape = { k: 2, n: 3, spares: 1 };
    // Shards are half as long again as the heat.
    const bytes = randomBytes(3 * HEAT_BYTES);
    // Too patient to drop anybody in the heat.
    const patient = (): PutComponents => components(8, 3);
    const shardUnits = bytes.byteLength / 2 / UNIT_BYTES;

    it('the spare is sent nothing more, and let go in the end', async () => {
      const taken = new Map<number, number>();
      providers.onPiece = async (provider, count) => {
        taken.set(provider, count);
        await new Promise((resolve) => setTimeout(resolve, 5));
      };
      const result = await putObject(patient(), await sourceOf('file', bytes), init(shape));
      expect(readings).to.equal(1);
      expect(result.agreements).to.have.lengthOf(3);
      expect(result.replaced).to.deep.equal([]);
      expect(providers.released).to.have.lengthOf(1);
      const counts = [...taken.values()].toSorted((a, b) => a - b);
      expect(counts[0]).to.be.lessThan(counts[1]!);
      expect(new Set(counts.slice(1)).size).to.equal(1);
      expect((await readBack(result)).equals(bytes)).to.equal(true);
    });

    it('the slowest is the spare, whichever it was', async () => {
      providers.onPiece = async (provider) => {
        await new Promise((resolve) => setTimeout(resolve, provider === 2 ? 20 : 4));
      };
      const result = await putObject(patient(), await sourceOf('file', bytes), init(shape));
      expect(readings).to.equal(1);
      expect(providersIn(result)).to.have.lengthOf(3).and.to.not.include(2);
      expect((await readBack(result)).equals(bytes)).to.equal(true);
    });

    for (const [how, stumble] of [
      ['fails', () => providers.breakUpload(2)],
      ['makes the upload crawl', async () => new Promise<void>(() => undefined)],
    ] as const) {
      it(`the spare goes on where it waited in the place of one that ${how}`, async () => {
        providers.onPiece = async (provider, taken) => {
          // Time for the watch to look.
          await new Promise((resolve) => setTimeout(resolve, 5));
          if (provider !== 2 || taken * CELL_BYTES < 1.25 * HEAT_BYTES) return;
          if (how === 'fails') providers.fail(2, 'put');
          await stumble();
        };
        const result = await putObject(patient(), await sourceOf('file', bytes), init(shape));
        expect(readings).to.equal(2);
        expect(result.replaced.map(({ provider }) => provider)).to.deep.equal([2]);
        const again = providers.sent.at(-1);
        expect(providers.sent)
          .to.have.lengthOf(5)
          .and.to.deep.include({ ...again, from: 0 });
        expect(again?.from).to.be.within(1, shardUnits - 1);
        expect((await readBack(result)).equals(bytes)).to.equal(true);
      });
    }

    it('another takes its place where the spare did not keep its room', async () => {
      providers.onPiece = async (provider, taken) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (provider !== 2 || taken * CELL_BYTES < 1.25 * HEAT_BYTES) return;
        const lapsed = [...providers.reserved].find(([, { wish }]) => wish.shardIndex === 3);
        if (lapsed !== undefined) providers.reserved.delete(lapsed[0]);
        providers.fail(2, 'put');
        providers.breakUpload(2);
      };
      const result = await putObject(patient(), await sourceOf('file', bytes), init(shape));
      expect(readings).to.equal(2);
      expect(providers.sent.at(-1)?.from).to.equal(0);
      expect((await readBack(result)).equals(bytes)).to.equal(true);
    });

    it('nothing waits where the source is read once', async () => {
      const result = await putObject(patient(), await sourceOf('pipe', bytes), init(shape));
      expect(readings).to.equal(1);
      expect(providers.sent).to.have.lengthOf(4);
      expect((await readBack(result)).equals(bytes)).to.equal(true);
    });
  });

  describe('a connection that breaks', () => {
    for (const kind of ['file', 'pipe'] as const) {
      it(`is made again, and the upload of a ${kind} goes on with one reading`, async () => {
        let breaks = 0;
        providers.onPiece = (provider, taken) => {
          if (provider === 1 && taken === 5 && breaks++ < 3) providers.breakUpload(1);
        };
        providers.losesUnits = 3;
        const bytes = randomBytes(24 * MIB);
        const result = await putObject(components(), await sourceOf(kind, bytes), init({ spares: 0 }));
        expect(readings).to.equal(1);
        expect(breaks).to.be.at.least(3);
        expect(result.replaced).to.deep.equal([]);
        const froms = providers.sent.filter(({ provider }) => provider === 1).map(({ from }) => from);
        expect(froms)
          .to.deep.equal(froms.toSorted((a, b) => a - b))
          .and.to.have.lengthOf(4);
        expect((await readBack(result)).equals(bytes)).to.equal(true);
      });
    }

    it('costs another reading where more was lost than is at hand, and no provider', async () => {
      let breaks = 0;
      providers.onPiece = (provider, taken) => {
        if (provider === 1 && taken * 4 * UNIT_BYTES > 9 * MIB && breaks++ === 0) providers.breakUpload(1);
      };
      providers.losesUnits = 1_000;
      const bytes = randomBytes(12 * MIB);
      const result = await putObject(components(), await sourceOf('file', bytes), init({ k: 1, n: 2, spares: 0 }));
      expect(readings).to.equal(2);
      expect(result.replaced).to.deep.equal([]);
      expect(providersIn(result)).to.have.members([1, 2]);
      expect((await readBack(result)).equals(bytes)).to.equal(true);
    });

    it('ends in another provider when it breaks each time without any progress', async () => {
      providers.onPiece = (provider, taken) => {
        if (provider === 1 && taken === 1) providers.breakUpload(1);
      };
      providers.losesUnits = 1_000;
      const result = await putObject(components(), await sourceOf('file', randomBytes(5 * MIB)), init({ spares: 0 }));
      expect(providersIn(result)).to.not.include(1);
      expect(result.replaced.map(({ provider }) => provider)).to.deep.equal([1]);
    });

    it('does not hide a source that fails', async () => {
      const source: PutSource = {
        ...(await sourceOf('file', randomBytes(9 * MIB))),
        async *open() {
          yield randomBytes(8 * MIB);
          throw new Error('the disk broke');
        },
      };
      const outcome = await putObject(components(), source, init()).catch((error: unknown) => error);
      expect(String(outcome)).to.contain('the disk broke');
      expect(formed).to.equal(0);
    });
  });

  it('is bounded: more spares than the contract can leave out are not started', async () => {
    const result = await putObject(components(12), await sourceOf('file', randomBytes(MIB)), init({ spares: 9 }));
    expect(providers.sent).to.have.lengthOf(9);
    expect(result.agreements).to.have.lengthOf(6);
    await expectError(putObject(components(5), await sourceOf('file', randomBytes(MIB)), init()), 'too-few-providers');
  });
});

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.byteLength; at += 300_000) yield bytes.subarray(at, at + 300_000);
}
