import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';

import { Catalogue } from '../../../../node/client/catalogue.ts';
import type { Holder } from '../../../../node/transfer/read/holder.ts';
import { openForReading } from '../../../../node/client/get/get.ts';
import { ownEnvelope } from '../../../../node/client/get/unseal.ts';
import type { MarketView } from '../../../../node/client/market-view.ts';
import { openSource } from '../../../../node/client/put/open-source.ts';
import { putObject } from '../../../../node/client/put/put.ts';
import type { PutComponents, PutInit, PutResult } from '../../../../node/client/put/put-types.ts';
import type { PutSource } from '../../../../node/client/put/source.ts';
import { fromHex } from '../../../../node/core/bytes.ts';
import { ExitCode, StowError } from '../../../../node/core/errors.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { UnfinishedPuts } from '../../../../node/client/put/unfinished/unfinished-puts.ts';
import { ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import { expectError } from '../support/expect-error.ts';
import { fakeMarket, fakeProvider, fakeProviders, NOW_S, TOKEN } from '../support/fake-market.ts';
import { FakeProviders } from '../support/fake-providers.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const MIB = 1_048_576;

describe('put', () => {
  const folder = useTempFolder();
  const ownerKey = randomBytes(32);
  const client = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' as const;
  let providers: FakeProviders;
  let catalogue: Catalogue;
  let formed: { count: number };

  beforeEach(() => {
    providers = new FakeProviders();
    catalogue = new Catalogue(':memory:', { chainId: 1, market: '0x1', client });
    formed = { count: 0 };
  });
  afterEach(() => catalogue.close());

  function unfinishedIn(path: string): UnfinishedPuts {
    return new UnfinishedPuts({
      folder: path,
      scope: { chainId: 1, market: '0x1', client },
      clock: { nowMs: () => NOW_S * 1_000 },
    });
  }

  function components(over: Partial<PutComponents> & { known?: number } = {}): PutComponents {
    const { known = 8, ...rest } = over;
    return {
      market: fakeMarket(fakeProviders(known)),
      control: providers,
      uploader: providers,
      bring: async () => undefined,
      form: async (signed) => {
        formed.count++;
        return {
          ids: signed.map((_, index) => BigInt(index + 1)),
          txHash: '0xfeed',
          blockNumber: 9n,
          gasUsed: 500_000n,
        };
      },
      catalogue,
      owner: { address: client, publicKey: ownerPublicKey(ownerKey), privateKey: ownerKey },
      holders: async () => [],
      unfinished: unfinishedIn(join(folder.path, 'puts')),
      clock: { nowMs: () => NOW_S * 1_000, sleep: async () => undefined, monotonicMs: () => performance.now() },
      logger: silentLogger,
      ...rest,
    };
  }

  const init = (over: Partial<PutInit> = {}): PutInit => ({
    name: 'a/b',
    k: 4,
    n: 6,
    periods: 20,
    signal: new AbortController().signal,
    ...over,
  });

  async function fileOf(bytes: Uint8Array): Promise<PutSource> {
    const path = join(folder.path, 'source');
    await writeFile(path, bytes);
    return openSource(path, { stdin: Readable.from([]) });
  }

  function holders({ agreements }: PutResult): Holder[] {
    return agreements.map(({ provider, shardIndex, shardRoot, units }) => ({
      shardIndex,
      agreement: 1n,
      provider: fakeProvider(provider),
      root: fromHex(shardRoot, 32),
      units,
    }));
  }

  async function readBack(result: PutResult): Promise<Buffer> {
    const readable = await openForReading(providers, {
      objectKey: result.objectKey,
      holders: holders(result),
      unseal: ownEnvelope(ownerKey),
      signal: new AbortController().signal,
    });
    const parts: Uint8Array[] = [];
    for await (const part of readable.bytes()) parts.push(part);
    return Buffer.concat(parts);
  }

  for (const shape of [
    { k: 4, n: 6 },
    { k: 1, n: 3 },
    { k: 1, n: 1 },
  ]) {
    it(`stores ${shape.k} of ${shape.n} and gives it back`, async () => {
      const bytes = randomBytes(3 * MIB + 17);
      const result = await putObject(components(), await fileOf(bytes), init(shape));
      expect(result.agreements.map(({ shardIndex }) => shardIndex)).to.deep.equal(
        Array.from({ length: shape.n }, (_, index) => index),
      );
      expect(new Set(result.agreements.map(({ provider }) => provider)).size).to.equal(shape.n);
      expect(new Set(result.agreements.map(({ shardRoot }) => shardRoot)).size).to.equal(shape.n);
      expect(new Set(result.agreements.map(({ nonce }) => nonce / 256n)).size, 'one word of nonces').to.equal(1);
      expect(formed.count).to.equal(1);
      expect(catalogue.get(result.objectKey)).to.include({
        name: 'a/b',
        state: 'stored',
        plainBytes: bytes.byteLength,
        txHash: '0xfeed',
      });
      expect((await readBack(result)).equals(bytes)).to.equal(true);
    });
  }

  it('stores an empty file', async () => {
    const result = await putObject(components(), await fileOf(Buffer.alloc(0)), init());
    expect(await readBack(result)).to.have.lengthOf(0);
  });

  it('asks for no more units than a pipe needed', async () => {
    const source = await openSource('-', { stdin: Readable.from([randomBytes(10)]), maxBytes: 100 * MIB });
    const result = await putObject(components(), source, init());
    expect([...providers.reserved.values()][0]?.wish.units).to.be.greaterThan(300);
    expect(result.agreements[0]?.units).to.equal(2);
  });

  describe('when providers fail', () => {
    for (const step of ['reserve', 'put', 'put-midway', 'put-root', 'sign'] as const) {
      it(`replaces two that fail at ${step}`, async () => {
        providers.fail(1, step);
        providers.fail(3, step);
        const bytes = randomBytes(5 * MIB);
        const result = await putObject(components(), await fileOf(bytes), init());
        const used = result.agreements.map(({ provider }) => provider).toSorted((a, b) => a - b);
        expect(used).to.deep.equal([2, 4, 5, 6, 7, 8]);
        expect(result.replaced.map(({ provider }) => provider).toSorted((a, b) => a - b)).to.deep.equal([1, 3]);
        expect((await readBack(result)).equals(bytes)).to.equal(true);
      });
    }

    it('does not send a shard twice that was stored', async () => {
      providers.fail(2, 'put-midway');
      const result = await putObject(components(), await fileOf(randomBytes(5 * MIB)), init());
      expect(providers.stored.size).to.equal(6);
      expect(result.replaced).to.have.lengthOf(1);
    });

    it('gives all room back and says why when too few are left', async () => {
      for (const id of [1, 2, 3]) providers.fail(id, 'put');
      const error = await expectError(
        putObject(components(), await fileOf(randomBytes(MIB)), init()),
        'too-few-providers',
      );
      for (const id of [1, 2, 3]) expect(error.message).to.contain(`provider ${id}: provider ${id} failed at put`);
      expect(formed.count).to.equal(0);
      expect(providers.reserved.size).to.equal(0);
      expect(catalogue.list()).to.deep.equal([]);
    });

    it('gives up after three passes', async () => {
      for (const id of [1, 7, 8]) providers.fail(id, 'put');
      const error = await expectError(
        putObject(components({ known: 12 }), await fileOf(randomBytes(MIB)), init()),
        'upload-failed',
      );
      expect(error.message).to.contain('after 3 passes').and.to.contain('nothing was paid');
    });

    it('cannot go back in a pipe, and says so', async () => {
      providers.fail(1, 'put-midway');
      const source = await openSource('-', { stdin: Readable.from([randomBytes(5 * MIB)]), maxBytes: 10 * MIB });
      const error = await expectError(putObject(components(), source, init()), 'upload-failed');
      expect(error.message).to.contain('standard input cannot be read again');
      expect(error.hint).to.contain('file');
      expect(providers.reserved.size).to.equal(0);
    });

    it('never enciphers changed bytes under the same key', async () => {
      // Same length and times, other bytes: only the witness sees it.
      const bytes = randomBytes(3 * MIB);
      let pass = 0;
      const source: PutSource = {
        ...(await fileOf(bytes)),
        async *open() {
          pass++;
          if (pass === 2) bytes[2 * MIB] = (bytes[2 * MIB] ?? 0) ^ 1;
          yield bytes;
        },
      };
      providers.fail(1, 'put-midway');
      const error = await expectError(putObject(components(), source, init()), 'source-changed');
      expect(error.message).to.contain('differ between two passes');
    });
  });

  it('takes a source that fails for what it is, not for failed providers', async () => {
    const source: PutSource = {
      ...(await fileOf(randomBytes(10))),
      // oxlint-disable-next-line require-yield
      async *open() {
        throw new StowError({ code: 'source-unreadable', message: 'disk fault' });
      },
    };
    await expectError(putObject(components(), source, init()), 'source-unreadable');
    expect(providers.reserved.size).to.equal(0);
  });

  it('sends nothing when funds are short', async () => {
    const market: MarketView = fakeMarket(fakeProviders(8), {
      balances: async () => ({ escrow: 0n, wallet: 0n, gas: TOKEN }),
    });
    await expectError(putObject(components({ market }), await fileOf(randomBytes(10)), init()), 'escrow-short');
    expect(providers.reserved.size).to.equal(0);
  });

  describe('ctrl-C', () => {
    const stop = (): StowError =>
      new StowError({ code: 'interrupted', message: 'stopped by SIGINT', exitCode: ExitCode.interrupted });

    for (const [when, arrange] of Object.entries({
      'while reserving': (abort: AbortController) => {
        const reserve = providers.reserve.bind(providers);
        providers.reserve = async (...args) => {
          const reservation = await reserve(...args);
          abort.abort(stop());
          return reservation;
        };
      },
      'while uploading': (abort: AbortController) => {
        providers.onFirstPiece = () => abort.abort(stop());
      },
      'while signing': (abort: AbortController) => {
        const sign = providers.sign.bind(providers);
        providers.sign = async (...args) => {
          abort.abort(stop());
          return sign(...args);
        };
      },
    })) {
      it(`${when}: nothing is paid, and what was done is kept to be gone on with`, async () => {
        const abort = new AbortController();
        arrange(abort);
        const error = await expectError(
          putObject(components(), await fileOf(randomBytes(9 * MIB)), init({ signal: abort.signal })),
          'interrupted',
        );
        expect(error.exitCode).to.equal(130);
        expect(error.message)
          .to.contain('stopped by SIGINT')
          .and.to.contain('nothing was paid')
          .and.to.match(/6 providers keep what they have/);
        expect(error.hint).to.contain('--resume');
        expect(formed.count).to.equal(0);
        expect(catalogue.list()).to.deep.equal([]);
        expect(providers.released).to.deep.equal([]);
        const [left] = await unfinishedIn(join(folder.path, 'puts')).list();
        expect(left?.name).to.equal('a/b');
        const again = await openSource(join(folder.path, 'source'), { stdin: Readable.from([]) });
        const result = await putObject(components(), again, init({ resume: left }));
        expect(result.objectKey).to.deep.equal(Buffer.from(left?.objectKey ?? []));
        expect((await readBack(result)).equals(await readFile(join(folder.path, 'source')))).to.equal(true);
        expect(formed.count).to.equal(1);
        expect(await unfinishedIn(join(folder.path, 'puts')).list()).to.deep.equal([]);
      });
    }

    it('while the transaction is on its way: waits for it, and the object is stored', async () => {
      const abort = new AbortController();
      const result = await putObject(
        components({
          form: async (signed) => {
            abort.abort(stop());
            await new Promise((resolve) => setTimeout(resolve, 20));
            return { ids: signed.map(() => 1n), txHash: '0xfeed', blockNumber: 1n, gasUsed: 1n };
          },
        }),
        await fileOf(randomBytes(10)),
        init({ signal: abort.signal }),
      );
      expect(catalogue.get(result.objectKey)?.state).to.equal('stored');
    });
  });

  it('remembers an object whose transaction may have gone out, and forgets one that was refused', async () => {
    const lost = new StowError({ code: 'chain-unreachable', message: 'gone', retryable: true });
    await expectError(
      putObject(components({ form: async () => Promise.reject(lost) }), await fileOf(randomBytes(10)), init()),
      'chain-unreachable',
    );
    expect(catalogue.list().map(({ state }) => state)).to.deep.equal(['forming']);
    const refused = new StowError({ code: 'order-book-capacity-exceeded', message: 'full' });
    await expectError(
      putObject(components({ form: async () => Promise.reject(refused) }), await fileOf(randomBytes(10)), init()),
      'order-book-capacity-exceeded',
    );
    expect(catalogue.list()).to.have.lengthOf(1);
  });
});
