import { randomBytes } from 'node:crypto';
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';

import { Catalogue } from '../../../../node/client/catalogue.ts';
import { openForReading } from '../../../../node/client/get/get.ts';
import { ownEnvelope } from '../../../../node/client/get/unseal.ts';
import { openSource } from '../../../../node/client/put/open-source.ts';
import { putObject } from '../../../../node/client/put/put.ts';
import type { PutComponents, PutInit, PutResult } from '../../../../node/client/put/put-types.ts';
import type { PutSource } from '../../../../node/client/put/source.ts';
import type { PutRecord } from '../../../../node/client/put/unfinished/put-record.ts';
import { fromHex, toHex } from '../../../../node/core/bytes.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { UNIT_BYTES } from '../../../../node/core/units.ts';
import { ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import { expectError } from '../support/expect-error.ts';
import { fakeMarket, fakeProvider, fakeProviders, NOW_S } from '../support/fake-market.ts';
import { FakeProviders } from '../support/fake-providers.ts';
import { mortalProviders, runUntilKilled, WatchedUploads } from '../support/mortal.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { TrackedPuts } from '../support/tracked-puts.ts';

const MIB = 1_048_576;
const CLIENT = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' as const;
const KNOWN = 8;

describe('a put that was cut off', function () {
  this.timeout(180_000);
  const folder = useTempFolder();
  const ownerKey = randomBytes(32);
  let providers: FakeProviders;
  let catalogue: Catalogue;
  let puts: TrackedPuts;
  /** Agreements that were formed, by object and shard. */
  let chain: Map<string, bigint[]>;
  let formed: number;
  let nowS: number;
  let uploads: WatchedUploads;

  function begin(): void {
    providers = new FakeProviders();
    uploads = new WatchedUploads(providers);
    [chain, formed] = [new Map(), 0];
  }
  beforeEach(() => {
    begin();
    catalogue = new Catalogue(':memory:', { chainId: 1, market: '0x1', client: CLIENT });
    nowS = NOW_S;
  });
  afterEach(() => catalogue.close());

  function newPuts(): TrackedPuts {
    puts = new TrackedPuts({
      folder: join(folder.path, 'puts'),
      scope: { chainId: 1, market: '0x1', client: CLIENT },
      clock: { nowMs: () => nowS * 1_000 },
    });
    return puts;
  }

  function components(): PutComponents {
    return {
      market: fakeMarket(fakeProviders(KNOWN), { time: async () => nowS }),
      control: providers,
      uploader: uploads,
      bring: async () => undefined,
      form: async (signed) => {
        const key = signed[0]?.agreement.objectKey ?? '';
        for (const { agreement } of signed) expect(Number(agreement.deadline)).to.be.greaterThan(nowS);
        if (chain.has(key)) throw new Error('the chain takes one agreement for a shard');
        formed++;
        const ids: bigint[] = [];
        for (const { agreement } of signed) ids[agreement.shardIndex] = BigInt(agreement.shardIndex + 1);
        chain.set(
          key,
          Array.from(ids, (id) => id ?? 0n),
        );
        return {
          ids: signed.map(({ agreement }) => BigInt(agreement.shardIndex + 1)),
          txHash: '0xfeed',
          blockNumber: 9n,
          gasUsed: 1n,
        };
      },
      holders: async (objectKey) => chain.get(`0x${toHex(objectKey)}`) ?? [],
      catalogue,
      unfinished: newPuts(),
      owner: { address: CLIENT, publicKey: ownerPublicKey(ownerKey), privateKey: ownerKey },
      clock: { nowMs: () => nowS * 1_000, sleep: async () => undefined, monotonicMs: () => performance.now() },
      logger: silentLogger,
    };
  }

  const init = (over: Partial<PutInit> = {}): PutInit => ({
    name: 'a/b',
    k: 2,
    n: 3,
    periods: 20,
    path: join(folder.path, 'source'),
    signal: new AbortController().signal,
    ...over,
  });

  async function fileOf(bytes: Uint8Array): Promise<PutSource> {
    await writeFile(join(folder.path, 'source'), bytes);
    return fileAgain();
  }

  async function fileAgain(): Promise<PutSource> {
    return openSource(join(folder.path, 'source'), { stdin: Readable.from([]) });
  }

  async function left(): Promise<PutRecord | undefined> {
    return (await newPuts().list())[0];
  }

  async function readBack({ objectKey, agreements }: PutResult): Promise<Buffer> {
    const holders = agreements.map(({ provider, shardIndex, shardRoot, units }) => ({
      shardIndex,
      agreement: 1n,
      provider: fakeProvider(provider),
      root: fromHex(shardRoot, 32),
      units,
    }));
    const signal = new AbortController().signal;
    const readable = await openForReading(providers, { objectKey, holders, unseal: ownEnvelope(ownerKey), signal });
    const parts: Uint8Array[] = [];
    for await (const part of readable.bytes()) parts.push(part);
    return Buffer.concat(parts);
  }

  /** Runs a put whose process dies at its `at`-th dealing with the world. @returns whether it came to its end before */
  async function killedAt(at: number, run: (parts: PutComponents) => Promise<unknown>): Promise<boolean> {
    const whole = components();
    return runUntilKilled(
      { puts, providers },
      (dealings) => dealings === at,
      async (mortality) => {
        const { dying } = mortality;
        const { market } = whole;
        return run({
          ...whole,
          ...mortalProviders(whole, mortality),
          market: {
            ...market,
            time: dying(async (options) => market.time(options)),
            balances: dying(async (options) => market.balances(options)),
          },
          form: dying(whole.form),
          holders: dying(whole.holders),
        });
      },
    );
  }

  it('is gone on with after a kill at any step: stored whole, paid once, no unit sent in two versions', async () => {
    const bytes = randomBytes(MIB + MIB / 2 + 5);
    let ways = 0;
    let resumed = 0;
    for (let at = 1; ; at++) {
      begin();
      const source = await fileOf(bytes);
      const ended = await killedAt(at, async (mortal) => putObject(mortal, source, init({ spares: 1 })));
      if (ended) break;
      ways++;
      const record = await left();
      // Before there was anything to go on with, it begins anew.
      if (record === undefined) continue;
      // Now and then the second process is killed, too, at a step of its own.
      if (at % 3 === 0) {
        const middle = await fileAgain();
        await killedAt(1 + ((at * 7) % 23), async (mortal) => putObject(mortal, middle, init({ resume: record })));
      }
      const again = await left();
      if (again === undefined) {
        expect(formed, `killed at ${at}`).to.equal(1);
        continue;
      }
      resumed++;
      const result = await putObject(components(), await fileAgain(), init({ resume: again }));
      expect(formed, `killed at ${at}`).to.equal(1);
      expect(result.agreements).to.have.lengthOf(3);
      expect((await readBack(result)).equals(bytes), `killed at ${at}`).to.equal(true);
      expect(catalogue.get(result.objectKey)).to.include({
        state: 'stored',
        name: 'a/b',
        plainBytes: bytes.byteLength,
      });
      expect(await newPuts().list()).to.deep.equal([]);
    }
    expect(ways).to.be.greaterThan(30);
    expect(resumed).to.be.greaterThan(20);
  });

  it('sends nothing again that providers have', async () => {
    const bytes = randomBytes(12 * MIB);
    const source = await fileOf(bytes);
    providers.onPiece = async (provider, pieces) => {
      if (provider !== 1 && pieces === 12) await new Promise(() => undefined);
    };
    const abort = new AbortController();
    const running = expectError(putObject(components(), source, init({ signal: abort.signal })), 'interrupted');
    while ([...providers.kept.values()].filter((kept) => kept.byteLength >= 12 * 4 * UNIT_BYTES).length < 3)
      await tick();
    abort.abort(new Error('ctrl-C'));
    await running;
    providers.onPiece = () => undefined;
    providers.sent.length = 0;
    const result = await putObject(components(), await fileAgain(), init({ resume: await left() }));
    expect(providers.sent.map(({ from }) => from).every((from) => from >= 47)).to.equal(true);
    expect((await readBack(result)).equals(bytes)).to.equal(true);
  });

  /** Leaves a put of these bytes behind, in the middle. */
  async function leave(source: PutSource, over: Partial<PutInit> = {}): Promise<PutRecord> {
    const abort = new AbortController();
    providers.onPiece = (_provider, pieces) => {
      if (pieces === 6) abort.abort(new Error('ctrl-C'));
    };
    await expectError(putObject(components(), source, init({ ...over, signal: abort.signal })), 'interrupted');
    providers.onPiece = () => undefined;
    const record = await left();
    if (record === undefined) throw new Error('nothing was left');
    return record;
  }

  it('refuses other bytes in place of those that went out, whatever length and time they have', async () => {
    const bytes = randomBytes(6 * MIB);
    const path = join(folder.path, 'source');
    const record = await leave(await fileOf(bytes));
    const { atime, mtime } = await stat(path);
    bytes[MIB] = (bytes[MIB] ?? 0) ^ 1;
    await writeFile(path, bytes);
    await utimes(path, atime, mtime);
    const error = await expectError(
      putObject(components(), await fileAgain(), init({ resume: record })),
      'source-changed',
    );
    expect(error.message).to.contain('differ between two passes');
    expect(formed).to.equal(0);
    expect([...uploads.unitsSent.keys()].every((name) => name.startsWith(toHex(record.objectKey)))).to.equal(true);
  });

  it('refuses a source of another size before it sends anything', async () => {
    const record = await leave(await fileOf(randomBytes(6 * MIB)));
    providers.sent.length = 0;
    const shorter = await fileOf(randomBytes(5 * MIB));
    await expectError(putObject(components(), shorter, init({ resume: record })), 'source-changed');
    expect(providers.sent).to.deep.equal([]);
    // It can still be gone on with, once the source is what it was.
    expect(await left()).to.not.equal(undefined);
  });

  for (const [what, other] of [
    ['the same bytes', false],
    ['other bytes', true],
  ] as const) {
    it(`takes a pipe again that gives ${what}: ${other ? 'no' : 'yes'}`, async () => {
      const bytes = randomBytes(6 * MIB);
      const pipe = async (content: Buffer): Promise<PutSource> =>
        openSource('-', { stdin: Readable.from([content]), maxBytes: 8 * MIB });
      const record = await leave(await pipe(bytes), { path: '-' });
      expect(record.source).to.deep.equal({ label: 'standard input', maxBytes: 8 * MIB, exact: false });
      const again = Buffer.from(bytes);
      if (other) again[0] = (again[0] ?? 0) ^ 1;
      const put = putObject(components(), await pipe(again), init({ resume: record, path: '-' }));
      if (other) await expectError(put, 'source-changed');
      else expect((await readBack(await put)).equals(bytes)).to.equal(true);
    });
  }

  it('is not taken up by two processes at once', async () => {
    const record = await leave(await fileOf(randomBytes(6 * MIB)));
    const journal = await newPuts().reopen(record.objectKey);
    const source = await fileAgain();
    await expectError(putObject(components(), source, init({ resume: record })), 'put-in-progress');
    await journal.close();
    await putObject(components(), source, init({ resume: record }));
    expect(formed).to.equal(1);
  });

  it('reserves anew what has lapsed', async () => {
    const bytes = randomBytes(6 * MIB);
    const record = await leave(await fileOf(bytes));
    for (const id of providers.reserved.keys()) providers.kept.delete(id);
    providers.reserved.clear();
    providers.sent.length = 0;
    const result = await putObject(components(), await fileAgain(), init({ resume: record }));
    expect(providers.sent.map(({ from }) => from)).to.deep.equal([0, 0, 0]);
    expect((await readBack(result)).equals(bytes)).to.equal(true);
  });

  it('has signatures asked for anew that can be formed no more, without sending the shards again', async () => {
    const whole = components();
    const source = await fileOf(randomBytes(3 * MIB));
    await runUntilKilledAtForm(whole, source);
    const before = [...providers.promised.values()].map(({ nonce }) => nonce);
    nowS += 1_000;
    providers.nowS = nowS;
    providers.sent.length = 0;
    const result = await putObject(components(), await fileAgain(), init({ resume: await left() }));
    expect(providers.sent).to.deep.equal([]);
    expect(result.agreements.some(({ nonce }) => before.includes(nonce))).to.equal(false);
    expect(formed).to.equal(1);
  });

  async function runUntilKilledAtForm(whole: PutComponents, source: PutSource): Promise<void> {
    const own = puts;
    const { promise: killed, resolve: kill } = Promise.withResolvers<void>();
    const form = async (): Promise<never> => {
      kill();
      return new Promise(() => undefined);
    };
    void putObject({ ...whole, form }, source, init());
    await killed;
    await own.closeAll();
  }

  it('uses signatures again that still hold', async () => {
    await runUntilKilledAtForm(components(), await fileOf(randomBytes(3 * MIB)));
    const signings = providers.signed.length;
    await putObject(components(), await fileAgain(), init({ resume: await left() }));
    expect(providers.signed).to.have.lengthOf(signings);
    expect(formed).to.equal(1);
  });

  it('is found on chain when its transaction went out, and is not formed again', async () => {
    const bytes = randomBytes(3 * MIB);
    const whole = components();
    const own = puts;
    const { promise: killed, resolve: kill } = Promise.withResolvers<void>();
    const form: PutComponents['form'] = async (signed, options) => {
      await whole.form(signed, options);
      kill();
      return new Promise(() => undefined);
    };
    void putObject({ ...whole, form }, await fileOf(bytes), init());
    await killed;
    await own.closeAll();
    const result = await putObject(components(), await fileAgain(), init({ resume: await left() }));
    expect(formed).to.equal(1);
    expect(result.formed).to.deep.equal({ ids: [1n, 2n, 3n] });
    expect((await readBack(result)).equals(bytes)).to.equal(true);
  });

  it('is found on chain when the transaction of the process before is mined only while this one sends its own', async () => {
    const bytes = randomBytes(3 * MIB);
    await runUntilKilledAtForm(components(), await fileOf(bytes));
    const whole = components();
    const form: PutComponents['form'] = async (signed, options) => {
      await whole.form(signed, options);
      throw new StowError({ code: 'agreements-shard-taken', message: 'the shard has an agreement' });
    };
    const result = await putObject({ ...whole, form }, await fileAgain(), init({ resume: await left() }));
    expect(result.formed).to.deep.equal({ ids: [1n, 2n, 3n] });
    expect(catalogue.get(result.objectKey)?.state).to.equal('stored');
    expect(formed).to.equal(1);
  });

  it('leaves neither secret nor name readable by others, and no secret at all', async () => {
    const record = await leave(await fileOf(randomBytes(6 * MIB)));
    const path = join(folder.path, 'puts', `1-0x1-${CLIENT}`.toLowerCase(), toHex(record.objectKey));
    for (const name of ['put.json', 'frames']) expect((await stat(join(path, name))).mode & 0o077, name).to.equal(0);
    expect((await stat(path)).mode & 0o077).to.equal(0);
    expect(Object.keys(JSON.parse(await readFile(join(path, 'put.json'), 'utf8')) as object)).to.not.include('secret');
  });

  it('is forgotten after a day, or once the same source is stored', async () => {
    await leave(await fileOf(randomBytes(6 * MIB)));
    await putObject(components(), await fileAgain(), init());
    expect(await left()).to.equal(undefined);
    await leave(await fileAgain());
    nowS += 25 * 60 * 60;
    await newPuts().clean();
    expect(await left()).to.equal(undefined);
  });
});

async function tick(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5));
}
