import { randomBytes } from 'node:crypto';
import { expect } from 'chai';

import { UNIT_BYTES } from '../../../../node/core/units.ts';
import { decodeObject } from '../../../../node/pipeline/decode/decode-object.ts';
import type { ReaderSource, ShardReader } from '../../../../node/pipeline/decode/reader-set.ts';
import { rebuildShard } from '../../../../node/pipeline/decode/rebuild-shard.ts';
import { gather, memoryReader, store, type Stored } from '../object-fixture.ts';

const NEVER = new Promise<never>(() => undefined);

interface Pacing {
  /** Before units are given, by the number of the call, from 1. */
  before?: (call: number) => Promise<unknown>;
  isHeldUp?: () => boolean;
}

/** A reader whose calls are counted. */
function pacedReader({ shards }: Stored, index: number, pacing: Pacing = {}): ShardReader & { calls: number } {
  const inner = memoryReader(shards, index);
  return {
    index,
    calls: 0,
    async readUnits(from, count, options) {
      this.calls++;
      await pacing.before?.(this.calls);
      return inner.readUnits(from, count, options);
    },
    ...(pacing.isHeldUp === undefined ? {} : { isHeldUp: pacing.isHeldUp }),
  };
}

function sourceOf(spares: ShardReader[]): ReaderSource & { asked: number; lost: [number, unknown][] } {
  return {
    asked: 0,
    lost: [],
    failed(reader, reason) {
      this.lost.push([reader.index, reason]);
    },
    async next() {
      this.asked++;
      return spares.shift();
    },
  };
}

describe('reads that are raced', () => {
  const plain = randomBytes(36_000_000);
  let coded: Stored;
  let replicated: Stored;
  before(async () => {
    coded = await store(plain, 2, 4);
    replicated = await store(plain, 1, 3);
  });

  const decode = async (
    stored: Stored,
    readers: readonly ShardReader[],
    source: ReaderSource,
    range?: { from: number; to: number },
  ): Promise<Buffer> => {
    const { object, content } = stored;
    const { secret } = content;
    return Buffer.from(await gather(decodeObject({ header: object, secret, readers, source, range })));
  };

  it('end although one reader never answers, who is asked for no later window', async () => {
    const stuck = pacedReader(coded, 0, { before: async (call) => (call < 3 ? undefined : NEVER) });
    const other = pacedReader(coded, 1);
    const spare = pacedReader(coded, 3);
    const source = sourceOf([spare, pacedReader(coded, 2)]);
    expect((await decode(coded, [stuck, other], source)).equals(plain)).to.equal(true);
    // Two windows are fetched at once.
    expect(stuck.calls).to.be.within(3, 4);
    expect([source.asked, source.lost]).to.deep.equal([1, []]);
    expect(spare.calls).to.be.greaterThan(0);
  });

  it('end although the first that is asked in its place fails', async () => {
    const stuck = pacedReader(coded, 1, { before: async () => NEVER });
    const failing = pacedReader(coded, 2, { before: async () => Promise.reject(new Error('hung up')) });
    const source = sourceOf([failing, pacedReader(coded, 3)]);
    expect((await decode(coded, [pacedReader(coded, 0), stuck], source)).equals(plain)).to.equal(true);
    expect(source.lost.map(([index]) => index)).to.deep.equal([2]);
  });

  it('go on from another replica when the only one in use is stuck', async () => {
    const stuck = pacedReader(replicated, 0, { before: async (call) => (call < 3 ? undefined : NEVER) });
    const spare = pacedReader(replicated, 2);
    const source = sourceOf([spare]);
    expect((await decode(replicated, [stuck], source)).equals(plain)).to.equal(true);
    expect(stuck.calls).to.be.within(3, 4);
  });

  it('bring a range of one cell that its holder does not give', async () => {
    const stuck = pacedReader(coded, 0, { before: async () => NEVER });
    const source = sourceOf([pacedReader(coded, 2)]);
    const range = { from: 100, to: UNIT_BYTES };
    const got = await decode(coded, [stuck, pacedReader(coded, 1)], source, range);
    expect(got.equals(plain.subarray(range.from, range.to))).to.equal(true);
  });

  it('ask nobody else while it is not the holder that is waited for', async () => {
    const { promise: arranged, resolve: arrange } = Promise.withResolvers<void>();
    let isHeldUp = true;
    const paying = pacedReader(coded, 0, { before: async () => arranged, isHeldUp: () => isHeldUp });
    const source = sourceOf([pacedReader(coded, 2)]);
    const decoding = decode(coded, [paying, pacedReader(coded, 1)], source);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(source.asked).to.equal(0);
    isHeldUp = false;
    arrange();
    expect((await decoding).equals(plain)).to.equal(true);
  });

  it('are spread over the readers that are open by how fast they are', async () => {
    const slowly = async (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 400));
    const slow = pacedReader(coded, 0, { before: slowly });
    const fast = [1, 2, 3].map((index) => pacedReader(coded, index));
    const source = sourceOf([]);
    expect((await decode(coded, [slow, ...fast], source)).equals(plain)).to.equal(true);
    // It is given the first two windows, while nothing was measured yet, and none after.
    expect(slow.calls).to.equal(2);
    expect(source.asked).to.equal(0);
  });

  it('lose a reader whose bytes turn out wrong after its window was over', async () => {
    const { promise: late, reject } = Promise.withResolvers<never>();
    late.catch(() => undefined);
    const wrong = pacedReader(coded, 0, { before: async () => late });
    const last = pacedReader(coded, 1, {
      before: async (call) => {
        if (call === 4) reject(new Error('its unit 3 has other bytes'));
      },
    });
    const source = sourceOf([pacedReader(coded, 2), pacedReader(coded, 3)]);
    expect((await decode(coded, [wrong, last], source)).equals(plain)).to.equal(true);
    expect(source.lost.map(([index, reason]) => [index, String(reason)])).to.deep.equal([
      [0, 'Error: its unit 3 has other bytes'],
    ]);
  });

  it('rebuild a shard although one reader never answers', async () => {
    const { signal } = new AbortController();
    const stuck = pacedReader(coded, 0, { before: async (call) => (call < 2 ? undefined : NEVER) });
    const readers = [stuck, pacedReader(coded, 1)];
    const source = sourceOf([pacedReader(coded, 3)]);
    const header = { ...coded.object, index: 0 };
    const got = Buffer.from(await gather(rebuildShard({ header, index: 2, readers, source, signal })));
    const shard = Buffer.from(coded.shards[2] ?? []);
    expect(got.equals(Buffer.concat([shard.subarray(UNIT_BYTES), shard.subarray(0, UNIT_BYTES)]))).to.equal(true);
  });
});
