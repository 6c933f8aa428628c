import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';

import type { BidChain, BidComponents, BidInit, BidResult, TakenShard } from '../../../../node/client/bid/bid-types.ts';
import { goOnWithBid, putBid } from '../../../../node/client/bid/put-bid.ts';
import { Catalogue } from '../../../../node/client/catalogue.ts';
import { openForReading } from '../../../../node/client/get/get.ts';
import { ownEnvelope } from '../../../../node/client/get/unseal.ts';
import { openSource } from '../../../../node/client/put/open-source.ts';
import type { PutSource } from '../../../../node/client/put/source.ts';
import type { PutRecord } from '../../../../node/client/put/unfinished/put-record.ts';
import { fromHex, to0x } from '../../../../node/core/bytes.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { UNIT_BYTES } from '../../../../node/core/units.ts';
import { Rest, type Bid, type Hex } from '../../../../node/market/messages.ts';
import { isWanted } from '../../../../node/market/shard-tree.ts';
import { ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import { expectError } from '../support/expect-error.ts';
import { fakeMarket, fakeProvider, fakeProviders, NOW_S } from '../support/fake-market.ts';
import { FakeProviders } from '../support/fake-providers.ts';
import { mortalProviders, runUntilKilled, WatchedUploads } from '../support/mortal.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { TrackedPuts } from '../support/tracked-puts.ts';

const MIB = 1_048_576;
const CLIENT = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' as const;
const KNOWN = 6;
const N = 3;
const RESERVED = 1_000n;
const DAY_S = 86_400;

describe('a put by a bid that was cut off', function () {
  this.timeout(180_000);
  const folder = useTempFolder();
  const ownerKey = randomBytes(32);
  let providers: FakeProviders;
  let catalogue: Catalogue;
  let puts: TrackedPuts;
  let time: number;
  let bids: Map<bigint, Bid>;
  let posted: number;
  let cancelled: number;
  let taken: (TakenShard & { root: Hex; units: number })[];
  let uploads: WatchedUploads;

  function begin(): void {
    providers = new FakeProviders();
    uploads = new WatchedUploads(providers);
    [time, bids, posted, cancelled, taken] = [NOW_S, new Map(), 0, 0, []];
  }
  beforeEach(() => {
    begin();
    catalogue = new Catalogue(':memory:', { chainId: 1, market: '0x1', client: CLIENT });
  });
  afterEach(() => catalogue.close());

  const chain: BidChain = {
    async post(terms) {
      posted++;
      bids.set(BigInt(posted), { terms, client: CLIENT, postedAt: time, shardsLeft: terms.shards });
      return { bidId: BigInt(posted), reserved: RESERVED };
    },
    async find(objectKey) {
      const found = [...bids].find(([, { terms }]) => terms.objectKey === to0x(objectKey));
      return found === undefined ? undefined : { bidId: found[0], reserved: RESERVED };
    },
    bid: async (bidId) => bids.get(bidId),
    async answer(bidId, answers) {
      const bid = bids.get(bidId);
      if (bid === undefined) throw new StowError({ code: 'order-book-unknown-bid', message: 'over' });
      taken = answers.map(({ agreement, proof }) => {
        expect(isWanted(bid.terms.shardsRoot, agreement, proof)).to.equal(true);
        return { ...agreement, agreement: 1n, root: agreement.shardRoot };
      });
      bids.delete(bidId);
    },
    async cancel(bidId) {
      cancelled++;
      bids.delete(bidId);
    },
    taken: async () => taken,
  };

  function newPuts(): TrackedPuts {
    puts = new TrackedPuts({
      folder: join(folder.path, 'puts'),
      scope: { chainId: 1, market: '0x1', client: CLIENT },
      clock: { nowMs: () => time * 1_000 },
    });
    return puts;
  }

  function components(): BidComponents {
    return {
      market: fakeMarket(fakeProviders(KNOWN), { time: async () => time }),
      control: {
        reserve: providers.reserve.bind(providers),
        sign: providers.sign.bind(providers),
        release: async (provider, id) => {
          const { wish } = providers.reserved.get(id) ?? {};
          // What is under an agreement stays.
          if (!taken.some(({ shardIndex }) => shardIndex === wish?.shardIndex)) await providers.release(provider, id);
        },
      },
      uploader: uploads,
      chain,
      catalogue,
      unfinished: newPuts(),
      owner: { address: CLIENT, publicKey: ownerPublicKey(ownerKey), privateKey: ownerKey },
      clock: {
        nowMs: () => time * 1_000,
        monotonicMs: () => time * 1_000,
        sleep: async (ms) => {
          time += Math.ceil(ms / 1_000);
          await new Promise((resolve) => setImmediate(resolve));
        },
      },
      logger: silentLogger,
    };
  }

  const init = (over: Partial<BidInit> = {}): BidInit => ({
    name: 'a/b',
    k: 2,
    n: N,
    periods: 10,
    path: join(folder.path, 'source'),
    signal: new AbortController().signal,
    wish: {
      startPrice: 100n,
      ceiling: 1_000n,
      climbS: 900,
      standsS: 1_800,
      rest: Rest.allOrNone,
      minScoreBps: 0,
      region: 0,
      collateralPeriods: 5,
    },
    ...over,
  });

  async function fileOf(bytes: Uint8Array): Promise<PutSource> {
    await writeFile(join(folder.path, 'source'), bytes);
    return fileAgain();
  }

  const fileAgain = async (): Promise<PutSource> =>
    openSource(join(folder.path, 'source'), { stdin: Readable.from([]) });

  const left = async (): Promise<PutRecord | undefined> => (await newPuts().list())[0];

  async function goOn(parts: BidComponents, record: PutRecord): Promise<BidResult> {
    const { path, signal } = init();
    return goOnWithBid(parts, await fileAgain(), { record, path, signal });
  }

  async function readBack(objectKey: Uint8Array): Promise<Buffer> {
    const holders = taken.map(({ provider, shardIndex, root, units }) => ({
      shardIndex,
      agreement: 1n,
      provider: fakeProvider(provider),
      root: fromHex(root, 32),
      units,
    }));
    const { signal } = new AbortController();
    const readable = await openForReading(providers, { objectKey, holders, unseal: ownEnvelope(ownerKey), signal });
    return Buffer.concat(await Array.fromAsync(readable.bytes()));
  }

  /** Runs a put whose process dies in a dealing with the world of which `isTime`. @returns whether it came to its end before */
  async function killedWhen(
    isTime: (dealings: number) => boolean,
    run: (parts: BidComponents) => Promise<unknown>,
  ): Promise<boolean> {
    const whole = components();
    return runUntilKilled({ puts, providers }, isTime, async (mortality) => {
      const { dying } = mortality;
      return run({
        ...whole,
        ...mortalProviders(whole, mortality),
        chain: {
          post: dying(chain.post.bind(chain)),
          find: dying(chain.find.bind(chain)),
          bid: dying(chain.bid.bind(chain)),
          answer: dying(chain.answer.bind(chain)),
          cancel: dying(chain.cancel.bind(chain)),
          taken: dying(chain.taken.bind(chain)),
        },
      });
    });
  }

  it('is gone on with after a kill at any step: one bid, every shard taken, no unit sent in two versions', async () => {
    const bytes = randomBytes(MIB + MIB / 2 + 5);
    let resumed = 0;
    for (let at = 1; ; at++) {
      begin();
      const source = await fileOf(bytes);
      if (
        await killedWhen(
          (dealings) => dealings === at,
          async (mortal) => putBid(mortal, source, init()),
        )
      )
        break;
      const record = await left();
      if (record !== undefined && at % 3 === 0)
        await killedWhen(
          (dealings) => dealings === 1 + ((at * 7) % 19),
          async (mortal) => goOn(mortal, record),
        );
      const again = await left();
      if (again === undefined) {
        // Either the second process saw it to its end, or the first one had not begun.
        expect([taken.length, posted], `killed at ${at}`).to.deep.equal(posted === 0 ? [0, 0] : [N, 1]);
        continue;
      }
      resumed++;
      const result = await goOn(components(), again);
      expect([result.outcome, posted, cancelled, result.refunded], `killed at ${at}`).to.deep.equal([
        'filled',
        1,
        0,
        0n,
      ]);
      expect((await readBack(result.objectKey)).equals(bytes), `killed at ${at}`).to.equal(true);
      expect(catalogue.get(result.objectKey)).to.include({ state: 'stored', name: 'a/b' });
      expect(await newPuts().list()).to.deep.equal([]);
    }
    expect(resumed).to.be.greaterThan(25);
  });

  /** Leaves a put behind whose bid is posted and of whose shards some has come to every provider. */
  async function leave(source: PutSource, over: Partial<BidInit> = {}): Promise<PutRecord> {
    const some = (): number => [...providers.kept.values()].filter((kept) => kept.byteLength >= 32 * UNIT_BYTES).length;
    await killedWhen(
      () => some() === N,
      async (mortal) => putBid(mortal, source, init(over)),
    );
    const record = await left();
    if (record === undefined) throw new Error('nothing was left');
    return record;
  }

  it('sends nothing again that providers have', async () => {
    const bytes = randomBytes(8 * MIB);
    const record = await leave(await fileOf(bytes));
    providers.sent.length = 0;
    const result = await goOn(components(), record);
    expect(result.outcome).to.equal('filled');
    expect(providers.sent.map(({ from }) => from > 0)).to.deep.equal([true, true, true]);
    expect((await readBack(result.objectKey)).equals(bytes)).to.equal(true);
  });

  it('is over when the bid ran out meanwhile: what lay behind it comes back', async () => {
    const record = await leave(await fileOf(randomBytes(8 * MIB)));
    time += 2_000;
    const result = await goOn(components(), record);
    expect([result.outcome, result.refunded, cancelled]).to.deep.equal(['untaken', 3n * RESERVED, 1]);
    expect(catalogue.list()).to.deep.equal([]);
    expect(await newPuts().list()).to.deep.equal([]);
  });

  it('is over when somebody closed the bid meanwhile', async () => {
    const record = await leave(await fileOf(randomBytes(8 * MIB)));
    bids.clear();
    const result = await goOn(components(), record);
    expect([result.outcome, result.taken, cancelled]).to.deep.equal(['untaken', [], 0]);
  });

  it('sends nothing of a source that has changed', async () => {
    const bytes = randomBytes(8 * MIB);
    const record = await leave(await fileOf(bytes));
    await fileOf(Buffer.from(bytes).fill(7, 100, 101));
    await expectError(goOn(components(), record), 'source-changed');
    // The bid's own client is the only one who can have it answered: it was taken back.
    expect([await left(), cancelled]).to.deep.equal([undefined, 1]);
  });

  it('sends nothing of a source of another size, and can be gone on with once it is what it was', async () => {
    const bytes = randomBytes(8 * MIB);
    const record = await leave(await fileOf(bytes));
    providers.sent.length = 0;
    await fileOf(bytes.subarray(0, 4 * MIB));
    await expectError(goOn(components(), record), 'source-changed');
    expect([providers.sent, cancelled]).to.deep.equal([[], 0]);
    await fileOf(bytes);
    expect((await goOn(components(), (await left()) ?? record)).outcome).to.equal('filled');
  });

  it('is kept as long as its bid may stand and a day more, whatever else is stored', async () => {
    const long = { ...init().wish, standsS: 7 * DAY_S };
    await leave(await fileOf(randomBytes(8 * MIB)), { wish: long });
    const other = await putBid(components(), await fileOf(randomBytes(MIB)), init({ wish: long }));
    expect(other.outcome).to.equal('filled');
    time += 7 * DAY_S;
    await newPuts().clean();
    expect((await left())?.bid?.posted?.bidId).to.equal(1n);
    time += DAY_S + 1;
    await newPuts().clean();
    expect(await left()).to.equal(undefined);
  });

  it('can be gone on with after ctrl-C before its bid was posted', async () => {
    const bytes = randomBytes(8 * MIB);
    const abort = new AbortController();
    const onProgress: BidInit['onProgress'] = ({ phase, doneBytes = 0 }) => {
      if (phase === 'prepare' && doneBytes > MIB)
        abort.abort(new StowError({ code: 'interrupted', message: 'ctrl-C' }));
    };
    const stopped = putBid(components(), await fileOf(bytes), init({ signal: abort.signal, onProgress }));
    expect((await expectError(stopped, 'interrupted')).message).to.contain('no bid was posted');
    expect(posted).to.equal(0);
    const record = await left();
    if (record === undefined) throw new Error('nothing was left');
    const result = await goOn(components(), record);
    expect([result.outcome, posted]).to.deep.equal(['filled', 1]);
    expect((await readBack(result.objectKey)).equals(bytes)).to.equal(true);
  });

  it('keeps a standing bid to be gone on with after ctrl-C, and no other', async () => {
    const stop = async (rest: Rest): Promise<void> => {
      begin();
      const abort = new AbortController();
      providers.onPiece = (_provider, pieces) => {
        if (pieces === 3) abort.abort(new StowError({ code: 'interrupted', message: 'ctrl-C' }));
      };
      const over = { signal: abort.signal, wish: { ...init().wish, rest } };
      await expectError(putBid(components(), await fileOf(randomBytes(8 * MIB)), init(over)), 'interrupted');
      providers.onPiece = () => undefined;
    };
    await stop(Rest.allOrNone);
    expect([await left(), cancelled]).to.deep.equal([undefined, 1]);
    await stop(Rest.stand);
    expect([(await left())?.bid?.posted?.bidId, cancelled]).to.deep.equal([1n, 0]);
  });
});
