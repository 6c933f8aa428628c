import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';

import type { AgreementRow } from '../../../../node/chain/market-index.ts';
import { openForReading } from '../../../../node/client/get/get.ts';
import { ownEnvelope } from '../../../../node/client/get/unseal.ts';
import type { Holder } from '../../../../node/transfer/read/holder.ts';
import type { KnownProvider } from '../../../../node/client/market-view.ts';
import { openSource } from '../../../../node/client/put/open-source.ts';
import { putObject } from '../../../../node/client/put/put.ts';
import { UnfinishedPuts } from '../../../../node/client/put/unfinished/unfinished-puts.ts';
import type { PutResult } from '../../../../node/client/put/put-types.ts';
import { moveShards, type MoveComponents, type MoveInit } from '../../../../node/client/retender/move-shards.ts';
import { RepairBids } from '../../../../node/client/retender/repair-bids.ts';
import { restoreShard } from '../../../../node/client/retender/restore-shard.ts';
import { fromHex } from '../../../../node/core/bytes.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { UNIT_BYTES } from '../../../../node/core/units.ts';
import type { Bid } from '../../../../node/market/messages.ts';
import { ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import { expectError } from '../support/expect-error.ts';
import { fakeMarket, fakeProvider, NOW_S, TOKEN } from '../support/fake-market.ts';
import { FakeProviders } from '../support/fake-providers.ts';
import { agreementRow, CLIENT } from '../support/rows.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const MIB = 1_048_576;
/** Stored with 1 to 6; the others want less. */
const OLD = 6;
const NEW = 6;

describe('moving shards', () => {
  const folder = useTempFolder();
  const privateKey = randomBytes(32);
  const owner = { address: CLIENT, privateKey, publicKey: ownerPublicKey(privateKey) };
  let providers: FakeProviders;
  let bytes: Buffer;
  let stored: PutResult;
  let rows: AgreementRow[];
  /** What the chain was asked to do, in order. */
  let sent: string[];

  const old = Array.from({ length: OLD }, (_, index) => fakeProvider(index + 1, {}, { pricePerUnitPeriod: 1_000n }));
  const cheap = Array.from({ length: NEW }, (_, index) =>
    fakeProvider(OLD + index + 1, {}, { pricePerUnitPeriod: BigInt(500 + index) }),
  );
  const everybody = [...old, ...cheap];

  async function store(k: number, n: number, size: number): Promise<void> {
    providers = new FakeProviders();
    sent = [];
    bytes = randomBytes(size);
    const path = join(folder.path, 'source');
    await writeFile(path, bytes);
    stored = await putObject(
      {
        ...components(old),
        catalogue: { put: () => undefined, setState: () => undefined, delete: () => undefined },
        clock: { nowMs: () => NOW_S * 1_000, sleep: async () => undefined, monotonicMs: () => performance.now() },
        holders: async () => [],
        unfinished: new UnfinishedPuts({
          folder: join(folder.path, 'puts'),
          scope: { chainId: 1, market: '0x1', client: owner.address },
          clock: { nowMs: () => NOW_S * 1_000 },
        }),
      },
      await openSource(path, { stdin: Readable.from([]) }),
      { name: 'a', k, n, periods: 20, signal: new AbortController().signal },
    );
    sent = [];
    // What was formed is no reservation any more.
    providers.reserved.clear();
    rows = stored.agreements.map((agreement, index) =>
      agreementRow(stored.objectKey, agreement.shardIndex, { ...agreement, id: BigInt(index + 1), status: 'active' }),
    );
  }

  function components(known: readonly KnownProvider[], over: Partial<MoveComponents> = {}): MoveComponents {
    return {
      market: fakeMarket(known),
      control: providers,
      uploader: providers,
      access: providers,
      providersOf: async () => new Map(everybody.map((provider) => [provider.id, provider])),
      bring: async () => undefined,
      end: async (id) => void sent.push(`end ${id}`),
      form: async (signed) => {
        sent.push(`form ${signed.map(({ agreement }) => agreement.shardIndex).join()}`);
        return { ids: signed.map(() => 9n), txHash: '0xfeed', blockNumber: 9n, gasUsed: 1n };
      },
      owner,
      logger: silentLogger,
      ...over,
    };
  }

  function init(over: readonly AgreementRow[], more: Partial<MoveInit> = {}): MoveInit {
    return {
      objectKey: stored.objectKey,
      plainBytes: bytes.byteLength,
      agreements: rows,
      over,
      k: 4,
      n: 6,
      periods: 30,
      signal: new AbortController().signal,
      ...more,
    };
  }

  function holderOf({ id, provider, shardIndex, shardRoot, units }: AgreementRow): Holder {
    return { agreement: id, provider: everybody[provider - 1]!, shardIndex, root: fromHex(shardRoot, 32), units };
  }

  /** The file with these holders only. */
  async function readBack(holders: readonly Holder[]): Promise<Buffer> {
    const signal = new AbortController().signal;
    const readable = await openForReading(providers, {
      objectKey: stored.objectKey,
      holders,
      unseal: ownEnvelope(privateKey),
      signal,
    });
    const parts: Buffer[] = [];
    for await (const part of readable.bytes()) parts.push(Buffer.from(part));
    return Buffer.concat(parts);
  }

  it('takes bytes to the cheaper providers, lets them sign, ends the old agreements, and forms the new ones at once', async () => {
    await store(4, 6, 5 * MIB + 3);
    const over = rows.slice(0, 2);
    const result = await moveShards(components(everybody), init(over));
    expect(sent).to.deep.equal([`end ${over[0]!.id}`, `end ${over[1]!.id}`, 'form 0,1']);
    expect(result.failed).to.deep.equal([]);
    expect(result.moved.map(({ agreement }) => agreement.pricePerUnitPeriod)).to.deep.equal([500n, 501n]);
    for (const { from, agreement, rebuilt } of result.moved) {
      expect(rebuilt).to.equal(undefined);
      expect(agreement).to.include({ shardRoot: from.shardRoot, units: from.units, periods: 30 });
      expect(agreement.provider).to.be.greaterThan(OLD);
    }
    const rent = 1_001n * BigInt(rows[0]!.units) * 30n;
    expect(result.quote.rent).to.equal(rent);
    const moved = result.moved.map(({ from, agreement }) => holderOf({ ...from, provider: agreement.provider }));
    expect((await readBack([...moved, ...rows.slice(4).map(holderOf)])).equals(bytes)).to.equal(true);
  });

  it('lets a provider that stays the best keep its shard, at what it asks now, without sending it again', async () => {
    await store(4, 6, MIB);
    for (const { id } of old) providers.fail(id, 'put');
    const now = old.map((provider) => fakeProvider(provider.id, {}, { pricePerUnitPeriod: 700n }));
    const result = await moveShards(components(now), init(rows.slice(0, 1)));
    const [moved] = result.moved;
    expect(moved?.agreement).to.include({ provider: rows[0]!.provider, pricePerUnitPeriod: 700n });
  });

  for (const fault of ['read', 'read-midway', 'corrupt', 'truncate'] as const) {
    it(`rebuilds a shard from the others when its holder fails at ${fault}`, async () => {
      await store(4, 6, 21 * MIB);
      const [row] = rows;
      providers.fail(row!.provider, fault);
      const result = await moveShards(components(everybody), init([row!]));
      const [moved] = result.moved;
      expect(moved?.agreement.shardRoot).to.equal(row!.shardRoot);
      expect(moved?.rebuilt).to.be.a('string');
      const moving = holderOf({ ...row!, provider: moved!.agreement.provider });
      expect((await readBack([moving, ...rows.slice(3).map(holderOf)])).equals(bytes)).to.equal(true);
    });
  }

  it('rebuilds replicas too, each enciphered apart', async () => {
    await store(1, 3, 2 * MIB);
    const [row] = rows;
    providers.fail(row!.provider, 'read');
    const { moved } = await moveShards(components(everybody), init([row!], { k: 1, n: 3 }));
    expect(moved[0]?.agreement.shardRoot).to.equal(row!.shardRoot);
    expect((await readBack([holderOf({ ...row!, provider: moved[0]!.agreement.provider })])).equals(bytes)).to.equal(
      true,
    );
  });

  /** The same rows, of which these failed. */
  const failing = (...indices: number[]): AgreementRow[] =>
    rows.map((row) => (indices.includes(row.shardIndex) ? { ...row, status: 'failed' } : row));

  it('rebuilds what failed, ends nothing for it, and gives it to nobody who let the object down', async () => {
    await store(4, 6, 5 * MIB);
    const agreements = failing(1, 3);
    const lost = agreements.filter(({ status }) => status === 'failed');
    // Who failed would be the cheapest by far.
    const tempting = old.map((provider) => fakeProvider(provider.id, {}, { pricePerUnitPeriod: 1n }));
    const { moved, failed } = await moveShards(components([...tempting, ...cheap]), init(lost, { agreements }));
    expect(failed).to.deep.equal([]);
    expect(sent).to.deep.equal(['form 1,3']);
    for (const { from, agreement } of moved) {
      expect(agreement.shardRoot).to.equal(from.shardRoot);
      expect(agreement.provider).to.be.greaterThan(OLD);
    }
    const rebuilt = moved.map(({ from, agreement }) => holderOf({ ...from, provider: agreement.provider }));
    expect((await readBack([...rebuilt, ...rows.slice(4).map(holderOf)])).equals(bytes)).to.equal(true);
  });

  it('leaves a bid for a lost shard alone until its new provider has signed, and reckons with what it locks', async () => {
    await store(4, 6, 2 * MIB);
    const agreements = failing(0, 1);
    const over = agreements.slice(0, 2);
    const { units } = rows[0]!;
    const terms = { ceiling: 600n, units, periods: 30 };
    const bids = await RepairBids.read(
      {
        repair: async (lost) => (lost === over[0]!.id ? { bidId: 7n } : undefined),
        bid: async () => ({ terms }) as Bid,
        cancel: async (bidId) => void sent.push(`cancel ${bidId}`),
      },
      over,
      { burnBps: 200n, signal: new AbortController().signal },
    );
    // The bid's rent and burn to the wei; that of the other shard has to be there.
    const locked = (600n * BigInt(units) * 30n * 10_200n + 9_999n) / 10_000n;
    expect(bids.lockedFor([0, 1])).to.equal(locked);
    const move = async (escrow: bigint, shards: readonly AgreementRow[]): ReturnType<typeof moveShards> =>
      moveShards(
        components(everybody, {
          market: fakeMarket(everybody, { balances: async () => ({ escrow, wallet: 0n, gas: TOKEN }) }),
        }),
        init(shards, { agreements, bids }),
      );
    await expectError(move(1n, over), 'escrow-short');
    expect(sent).to.deep.equal([]);
    expect((await move(0n, over.slice(0, 1))).failed).to.deep.equal([]);
    expect(sent).to.deep.equal(['cancel 7', 'form 0']);

    sent = [];
    for (const { provider } of rows) providers.fail(provider, 'read');
    expect((await move(TOKEN, over)).failed).to.have.lengthOf(2);
    expect(sent).to.deep.equal([]);
  });

  it('asks those that failed, too, when the others are not enough, and names what is missing when that does not help', async () => {
    await store(4, 6, 2 * MIB);
    const agreements = failing(0, 1, 2);
    const { moved } = await moveShards(components(everybody), init([agreements[1]!], { agreements }));
    expect(moved[0]?.agreement.shardRoot).to.equal(rows[1]!.shardRoot);
    for (const { provider } of rows.slice(0, 3)) providers.fail(provider, 'read');
    const { failed } = await moveShards(components(everybody), init([agreements[0]!], { agreements }));
    expect(failed[0]?.reason).to.contain("4 of the object's 6 shards are needed").and.to.contain('shard 2, provider');
  });

  it('goes on where the holder left off, so that nobody has to take the shard again', async () => {
    await store(4, 6, 21 * MIB);
    const row = rows[2]!;
    providers.fail(row.provider, 'read-midway');
    const reasons: string[] = [];
    const parts: Buffer[] = [];
    const signal = new AbortController().signal;
    const shard = restoreShard(providers, {
      objectKey: stored.objectKey,
      holder: holderOf(row),
      shardIndex: 2,
      others: rows.map(holderOf),
      owner,
      signal,
      onRebuild: (reason) => reasons.push(reason),
    });
    for await (const part of shard) parts.push(Buffer.from(part));
    const all = Buffer.concat(parts);
    const held = [...providers.stored.values()].find(({ provider }) => provider === row.provider)!.bytes;
    expect(Buffer.concat([all.subarray(-UNIT_BYTES), all.subarray(0, -UNIT_BYTES)]).equals(held)).to.equal(true);
    expect(reasons).to.have.lengthOf(1);
  });

  it('says which shards it could not restore, moves the others, and takes no provider to task for it', async () => {
    await store(4, 6, MIB);
    for (const { provider } of rows.slice(1, 4)) providers.fail(provider, 'read');
    const { moved, failed } = await moveShards(components(everybody), init(rows.slice(0, 2)));
    expect(moved.map(({ agreement }) => agreement.shardIndex)).to.deep.equal([0]);
    expect(failed.map(({ row }) => row.shardIndex)).to.deep.equal([1]);
    expect(failed[0]?.reason).to.contain("4 of the object's 6 shards are needed");
    expect(sent).to.deep.equal([`end ${rows[0]!.id}`, 'form 0']);
    expect(providers.released).to.have.lengthOf(1);
  });

  it('replaces new providers that refuse, hang up, lie about the root or do not sign', async () => {
    await store(4, 6, MIB);
    for (const [index, step] of (['reserve', 'put', 'put-root', 'sign'] as const).entries())
      providers.fail(cheap[index]!.id, step);
    const { moved, failed } = await moveShards(components(everybody), init(rows.slice(0, 1)));
    expect(failed).to.deep.equal([{ row: rows[0], reason: 'no provider took it in 3 tries' }]);
    expect([moved, sent]).to.deep.equal([[], []]);
    const again = await moveShards(components(everybody.filter(({ id }) => id !== OLD + 1)), init(rows.slice(0, 1)));
    expect(again.moved).to.deep.equal([]);
    const third = await moveShards(
      components(everybody.filter(({ id }) => id > OLD + 2 || id <= OLD)),
      init([rows[0]!]),
    );
    expect(third.moved[0]?.agreement.provider).to.equal(OLD + 5);
  });

  it('leaves to the next try what nobody takes, and what cannot be ended', async () => {
    await store(4, 6, MIB);
    const staying = rows.slice(2).map(({ provider }) => everybody[provider - 1]!);
    const one = [...staying, cheap[0]!];
    const { moved, failed } = await moveShards(components(one), init(rows.slice(0, 2)));
    expect([moved.length, failed.length]).to.deep.equal([1, 1]);
    expect(failed[0]?.reason).to.contain('distinct operators');

    const audits = new StowError({ code: 'agreements-audits-open', message: 'an audit is open' });
    const ended = new StowError({ code: 'agreements-not-active', message: 'it was ended by its provider' });
    sent = [];
    const result = await moveShards(
      components(everybody, {
        end: async (id) => {
          throw id === rows[0]!.id ? audits : ended;
        },
      }),
      init(rows.slice(0, 2)),
    );
    expect(result.failed.map(({ row }) => row.shardIndex)).to.deep.equal([0]);
    expect(sent).to.deep.equal(['form 1']);
  });

  it('ends what a provider had before it gives it another shard', async () => {
    await store(4, 6, MIB);
    const had = everybody[rows[1]!.provider - 1]!;
    const one = [...rows.slice(2).map(({ provider }) => everybody[provider - 1]!), had];
    const { moved, failed } = await moveShards(components(one), init(rows.slice(0, 2)));
    expect(moved.map(({ agreement }) => [agreement.shardIndex, agreement.provider])).to.deep.equal([[0, had.id]]);
    expect(failed.map(({ row }) => row.shardIndex)).to.deep.equal([1]);
    expect(sent).to.deep.equal([`end ${rows[0]!.id}`, `end ${rows[1]!.id}`, 'form 0']);
  });

  it('sends nothing, and keeps no room, when the escrow account does not cover it', async () => {
    await store(4, 6, MIB);
    const market = fakeMarket(everybody, { balances: async () => ({ escrow: 1n, wallet: 0n, gas: TOKEN }) });
    await expectError(moveShards(components(everybody, { market }), init(rows.slice(0, 2))), 'escrow-short');
    expect(sent).to.deep.equal([]);
    expect(providers.released).to.have.lengthOf(2);
  });

  it('loses nothing when it stops at any step: the next run finds the shards over and moves them', async () => {
    await store(4, 6, MIB);
    const over = rows.slice(0, 2);
    const crash = new Error('the machine lost power');
    const crashAt: Partial<MoveComponents>[] = [
      { uploader: { putShard: async () => Promise.reject(crash), uploadState: async () => Promise.reject(crash) } },
      { market: fakeMarket(everybody, { time: crashingTime(crash) }) },
      { end: async () => Promise.reject(crash) },
      { form: async () => Promise.reject(crash) },
    ];
    for (const faulty of crashAt) {
      sent = [];
      const result = await moveShards(components(everybody, faulty), init(over)).catch((error: unknown) => error);
      if (!(result instanceof Error)) expect((result as { moved: unknown[] }).moved).to.deep.equal([]);
      expect(sent.join()).not.to.contain('form');
      // What was ended before the crash is over all the same.
      const after = rows.map((row) => (sent.includes(`end ${row.id}`) ? { ...row, status: 'kept' as const } : row));
      sent = [];
      const next = await moveShards(components(everybody), init(after.slice(0, 2), { agreements: after }));
      expect(next.moved.map(({ agreement }) => agreement.shardIndex)).to.deep.equal([0, 1]);
      expect(sent.at(-1)).to.equal('form 0,1');
    }
  });

  it('stops for ctrl-C before it pays, and gives room back', async () => {
    await store(4, 6, 5 * MIB);
    const stop = new AbortController();
    providers.onFirstPiece = () => stop.abort(new Error('stopped by SIGINT'));
    const work = moveShards(components(everybody), init(rows.slice(0, 2), { signal: stop.signal }));
    await work.then(
      () => expect.fail('it goes on'),
      (error: unknown) => expect(error).to.equal(stop.signal.reason),
    );
    expect(sent).to.deep.equal([]);
    expect(providers.released).to.have.lengthOf(2);
  });
});

/** The chain's time at the first look, then nothing. */
function crashingTime(crash: Error): () => Promise<number> {
  let looks = 0;
  return async () => {
    if (looks++ > 0) throw crash;
    return NOW_S;
  };
}
