import { expect } from 'chai';

import type { Holder } from '../../../../node/transfer/read/holder.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { ReaderPool } from '../../../../node/transfer/read/reader-pool.ts';
import type { ShardAccess } from '../../../../node/transfer/read/shard-access.ts';
import { unitRoot } from '../../../../node/pipeline/merkle/unit-tree.ts';
import { fakeProvider } from '../../client/support/fake-market.ts';

const root = unitRoot(new Uint8Array(65_536));

function holders(count: number): Holder[] {
  return Array.from({ length: count }, (_, shardIndex) => ({
    shardIndex,
    agreement: 1n,
    provider: fakeProvider(shardIndex),
    root,
    units: 1,
  }));
}

function ranked(all: readonly Holder[], ranks: readonly number[]): Holder[] {
  return all.map((holder, index) => ({ ...holder, rank: ranks[index] }));
}

type Behaviour = 'answers' | 'fails' | 'hangs' | 'busy' | 'busy-once';

function poolOf(
  behaviours: Behaviour[],
  signal = new AbortController().signal,
  ranks: number[] = [],
): { pool: ReaderPool; asked: number[] } {
  const asked: number[] = [];
  const access: ShardAccess = {
    unitRoots: async ({ shardIndex }) => {
      asked.push(shardIndex);
      const behaviour = behaviours[shardIndex];
      if (behaviour === 'fails') throw new Error(`holder ${shardIndex} failed`);
      const isFirst = asked.filter((index) => index === shardIndex).length === 1;
      if (behaviour === 'busy' || (behaviour === 'busy-once' && isFirst)) throw busy();
      if (behaviour === 'hangs') await new Promise(() => undefined);
      return root;
    },
    readUnits: () => expect.fail('not read here'),
  };
  return { pool: new ReaderPool(access, ranked(holders(behaviours.length), ranks), { signal }), asked };
}

function busy(): StowError {
  return new StowError({ code: 'provider-busy', message: 'as many shares as it can at once', retryable: true });
}

async function indices(pool: ReaderPool, count: number): Promise<(number | undefined)[]> {
  return (await Promise.all(Array.from({ length: count }, async () => pool.next()))).map((reader) => reader?.index);
}

/** Several providers have each shard, by name; those that answer and those that fail. */
function sharedPool(all: readonly [provider: number, shardIndex: number, rank: number, behaviour: Behaviour][]): {
  pool: ReaderPool;
  asked: number[];
  holderOf: (provider: number) => Holder;
} {
  const asked: number[] = [];
  const holderOf = (id: number): Holder => {
    const [, shardIndex, rank] = all.find(([provider]) => provider === id)!;
    return { shardIndex, agreement: 1n, provider: fakeProvider(id), root, units: 1, rank, isCache: id >= 10 };
  };
  const access: ShardAccess = {
    unitRoots: ({ provider }) => {
      asked.push(provider.id);
      const [, , , behaviour] = all.find(([id]) => id === provider.id)!;
      return behaviour === 'fails' ? Promise.resolve(new Uint8Array(32)) : Promise.resolve(root);
    },
    readUnits: () => expect.fail('not read here'),
  };
  const known = all.map(([id]) => holderOf(id));
  return { pool: new ReaderPool(access, known, { signal: new AbortController().signal }), asked, holderOf };
}

describe('reader pool of shards that several have', () => {
  const providers = async (pool: ReaderPool, count: number): Promise<(number | undefined)[]> =>
    (await Promise.all(Array.from({ length: count }, async () => pool.next()))).map(
      (reader) => reader?.holder.provider.id,
    );

  it('asks the cheapest of each, and never two of one shard at a time', async () => {
    const { pool, asked } = sharedPool([
      [1, 0, 5, 'answers'],
      [10, 0, 2, 'answers'],
      [2, 1, 3, 'answers'],
      [11, 1, 9, 'answers'],
    ]);
    expect(await providers(pool, 2)).to.deep.equal([10, 2]);
    expect(await pool.next()).to.equal(undefined);
    expect(asked).to.deep.equal([10, 2]);
  });

  it('goes on with the next that has the shard, also midway, and blames no shard for a copy', async () => {
    const { pool, asked, holderOf } = sharedPool([
      [1, 0, 5, 'answers'],
      [10, 0, 2, 'fails'],
      [11, 0, 3, 'answers'],
    ]);
    expect(await providers(pool, 1)).to.deep.equal([11]);
    pool.fail(holderOf(11), new Error('it stopped'));
    expect(await providers(pool, 1)).to.deep.equal([1]);
    expect(asked).to.deep.equal([10, 11, 1]);
    expect(pool.failures.map(({ provider, integrity }) => [provider, integrity])).to.deep.equal([
      [10, false],
      [11, false],
    ]);
    expect(pool.tooFew(undefined).code).to.equal('too-few-shards');
  });

  it('looks for nobody else while those that are known answer', async () => {
    const { pool } = sharedPool([[1, 0, 0, 'answers']]);
    let looked = 0;
    pool.expect(async () => {
      looked++;
      return [];
    });
    expect((await pool.next())?.index).to.equal(0);
    expect(looked).to.equal(0);
    expect(await pool.next()).to.equal(undefined);
    expect(looked).to.equal(1);
  });

  it('waits for those that are looked for before it gives up, and asks them only where others failed', async () => {
    const { pool, asked } = sharedPool([[1, 0, 0, 'fails']]);
    const found = Promise.withResolvers<Holder[]>();
    let looked = 0;
    pool.expect(async () => {
      looked++;
      return found.promise;
    });
    const next = pool.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked).to.deep.equal([1]);
    const late = { ...holders(2)[0]!, provider: fakeProvider(1) };
    found.resolve([late]);
    expect(await next).to.equal(undefined);
    expect([asked, looked]).to.deep.equal([[1, 1], 1]);
    pool.expect(async () => Promise.reject(new Error('nobody found')));
    expect(await pool.next()).to.equal(undefined);
  });
});

describe('reader pool', () => {
  it('asks no more holders than readers are wanted while all answer', async () => {
    const { pool, asked } = poolOf(['answers', 'answers', 'answers', 'answers']);
    expect(await indices(pool, 2)).to.deep.equal([0, 1]);
    expect(asked).to.deep.equal([0, 1]);
    expect(await indices(pool, 1)).to.deep.equal([2]);
  });

  it('asks the cheapest and fastest first, and of equals data shards', async () => {
    const { pool } = poolOf(['answers', 'fails', 'answers', 'answers', 'answers'], undefined, [3, 1, 2, 1.5, 1.5]);
    expect(await indices(pool, 1)).to.deep.equal([3]);
    expect(await indices(pool, 3)).to.deep.equal([4, 2, 0]);
  });

  it('asks those that were prepared at once, and no others as they are taken', async () => {
    const { pool, asked } = poolOf(['answers', 'fails', 'answers', 'answers', 'answers']);
    pool.prepare(2);
    expect(asked).to.deep.equal([0, 1]);
    expect((await indices(pool, 1)).length).to.equal(1);
    expect((await indices(pool, 1)).length).to.equal(1);
    expect(asked).to.deep.equal([0, 1, 2]);
    expect(await indices(pool, 1)).to.deep.equal([3]);
  });

  it('passes over those that fail, and says so', async () => {
    const { pool } = poolOf(['fails', 'answers', 'fails', 'answers']);
    expect((await indices(pool, 2)).toSorted((a, b) => Number(a) - Number(b))).to.deep.equal([1, 3]);
    expect(pool.failures.map(({ shardIndex }) => shardIndex)).to.deep.equal([0, 2]);
  });

  it('ends with nothing when nobody is left', async () => {
    const { pool } = poolOf(['fails', 'answers', 'fails']);
    const found = await indices(pool, 3);
    expect(found.filter((index) => index !== undefined)).to.deep.equal([1]);
    expect(await pool.next()).to.equal(undefined);
  });

  it('goes round holders that hang', async () => {
    const { pool } = poolOf(['hangs', 'hangs', 'answers', 'answers']);
    expect((await indices(pool, 2)).toSorted((a, b) => Number(a) - Number(b))).to.deep.equal([2, 3]);
  });

  it('asks who is busy again, after all others', async () => {
    const { pool, asked } = poolOf(['busy-once', 'fails', 'answers']);
    expect(await indices(pool, 1)).to.deep.equal([2]);
    expect(asked).to.deep.equal([0, 1, 2]);
    expect(await indices(pool, 1)).to.deep.equal([0]);
    expect(asked).to.deep.equal([0, 1, 2, 0]);
    expect(pool.failures.map(({ shardIndex }) => shardIndex)).to.deep.equal([1]);
  });

  it('asks a reader’s holder again that became busy midway', async () => {
    const { pool } = poolOf(['answers']);
    const reader = await pool.next();
    if (reader === undefined) throw new Error('it answers');
    pool.fail(reader.holder, busy());
    expect((await pool.next())?.index).to.equal(0);
    expect(pool.failures).to.deep.equal([]);
  });

  it('gives up who stays busy, and says so', async () => {
    const { pool, asked } = poolOf(['busy']);
    expect(await pool.next()).to.equal(undefined);
    expect(asked).to.deep.equal([0, 0, 0, 0]);
    expect(pool.failures.map(({ reason }) => reason)).to.deep.equal(['as many shares as it can at once']);
  });

  it('stops waiting when told, with the reason', async () => {
    const abort = new AbortController();
    const { pool } = poolOf(['hangs'], abort.signal);
    const waiting = pool.next().catch((error: unknown) => error);
    abort.abort(new Error('ctrl-C'));
    expect(await waiting).to.have.property('message', 'ctrl-C');
  });
});
