import { expect } from 'chai';

import { ChannelBook } from '../../../../node/client/retrieval/channel-book.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import type { OpenChannel } from '../../../../node/retrieval/read-payer.ts';
import { rejection } from '../../support/rejection.ts';

const PROVIDER = 3;
const NOW_S = 1_000_000;
const BUDGET = 100n;
/** What one read costs. */
const READ = 10n;

describe('the channels that a wallet reads over', () => {
  let deposits: Map<bigint, bigint>;
  let promised: Map<bigint, bigint>;
  let opened: bigint[];
  /** Channels that the index knows. */
  let listed: bigint[];
  beforeEach(() => {
    [deposits, promised, opened, listed] = [new Map(), new Map(), [], []];
  });

  const bookOf = (budget = BUDGET): ChannelBook =>
    new ChannelBook(
      {
        channel: async (channel) => {
          const deposit = deposits.get(channel);
          return deposit === undefined ? undefined : { deposit, expiry: NOW_S + 10_000, closesAt: 0 };
        },
        ofClient: async () => listed.map((channel) => ({ channel, provider: PROVIDER, status: 'open' as const })),
        sent: { promised: (channel) => ({ amount: promised.get(channel) ?? 0n, readBytes: 0n }) },
        nowS: async () => NOW_S,
        open: async ({ amount }) => {
          const channel = BigInt(opened.length + 101);
          opened.push(channel);
          deposits.set(channel, amount);
          return channel;
        },
        logger: silentLogger,
      },
      { budget },
    );
  const has = (channel: bigint, deposit: bigint, amount = 0n): void => {
    listed.push(channel);
    deposits.set(channel, deposit);
    promised.set(channel, amount);
  };

  it('are those that are there, the one with the most left first', async () => {
    has(1n, 50n, 30n);
    has(2n, 40n, 5n);
    expect(await bookOf().to(PROVIDER, READ)).to.deep.equal({ channel: 2n, deposit: 40n });
    expect(opened).to.deep.equal([]);
  });

  it('are replaced when too little is left for one read', async () => {
    has(1n, 50n, 50n - READ + 1n);
    const book = bookOf();
    expect(await book.to(PROVIDER, READ)).to.deep.equal({ channel: 101n, deposit: BUDGET });
    promised.set(101n, BUDGET - 1n);
    expect((await book.to(PROVIDER, READ)).channel).to.equal(102n);
    deposits.set(1n, 90n);
    expect((await book.to(PROVIDER, READ)).channel, 'of two with enough, the one with more').to.equal(102n);
  });

  it('are opened once for searches at the same time', async () => {
    const book = bookOf();
    const found = await Promise.all([book.to(PROVIDER, READ), book.to(PROVIDER, READ), book.to(PROVIDER, READ)]);
    expect(found.map(({ channel }) => channel)).to.deep.equal([101n, 101n, 101n]);
  });

  it('are not used where the provider refuses them, until more is put behind them', async () => {
    has(1n, 50n);
    const book = bookOf();
    const first = await book.to(PROVIDER, READ);
    book.refused(first);
    expect((await book.to(PROVIDER, READ)).channel).to.equal(101n);
    deposits.set(1n, BUDGET + 50n);
    expect((await book.to(PROVIDER, READ)).channel).to.equal(1n);
  });

  it('do not become ever more for a provider that refuses what is not used up', async () => {
    const book = bookOf();
    for (let round = 0; round < 2; round++) book.refused(await book.to(PROVIDER, READ));
    expect((await rejection(book.to(PROVIDER, READ))).code).to.equal('channel-refused');
    expect(opened.length).to.equal(2);
    // Those that it was paid for do not count.
    promised.set(101n, BUDGET);
    expect((await book.to(PROVIDER, READ)).channel).to.equal(103n);
  });

  it('are not opened without a budget, nor within one that is not enough for one read', async () => {
    has(1n, 50n, 45n);
    const spent = await rejection(bookOf(0n).to(PROVIDER, READ));
    expect([spent.code, spent.hint?.includes('channel topup 1')]).to.deep.equal(['channel-missing', true]);
    expect((await rejection(bookOf(READ - 1n).to(PROVIDER, READ))).code).to.equal('channel-budget-small');
    expect(opened).to.deep.equal([] as OpenChannel[]);
  });
});
