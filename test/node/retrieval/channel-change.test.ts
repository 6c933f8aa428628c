import { expect } from 'chai';

import { ChannelBook } from '../../../node/client/retrieval/channel-book.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import type { SentVouchersFile } from '../../../node/client/retrieval/sent-vouchers.ts';
import { failureOf } from '../transfer/fixtures.ts';
import { Buyer, costOf, MEBIBYTE, PROVIDER, Shop } from './shop.ts';

/** One read of a decoder: a window. */
const WINDOW_UNITS = 16;
const UNITS = 128;
/** What a client puts behind a channel that it opens by itself. */
const BUDGET = costOf(16 * MEBIBYTE);

describe('reads whose channel ends before they do', function () {
  this.timeout(30_000);
  let shop: Shop;
  let buyer: Buyer;
  let book: ChannelBook;
  let opened: number;
  beforeEach(async () => {
    shop = await Shop.open(UNITS);
    opened = 0;
    const channels = {
      to: (provider: number, least: bigint) => book.to(provider, least),
      refused: (channel: { channel: bigint; deposit: bigint }) => book.refused(channel),
      depositOf: (channel: bigint) => book.depositOf(channel),
    };
    buyer = new Buyer(shop, { overrides: { channels } });
    book = bookOf(buyer.sent);
  });
  afterEach(async () => {
    buyer.close();
    await shop.close();
  });

  const bookOf = (sent: SentVouchersFile): ChannelBook =>
    new ChannelBook(
      {
        channel: async (channel) => {
          const seen = shop.facts.get(channel);
          return seen === undefined ? undefined : { ...seen, closesAt: seen.closesAt ?? 0 };
        },
        ofClient: async () => [{ channel: 7n, provider: PROVIDER, status: 'open' as const }],
        sent,
        nowS: async () => shop.nowS,
        open: async ({ amount }) => {
          opened++;
          shop.openChannel(7n + BigInt(opened), buyer.account, amount);
          return 7n + BigInt(opened);
        },
        logger: silentLogger,
      },
      { budget: BUDGET },
    );

  /** The whole shard as a decoder reads it, two windows at once. */
  const readAll = async (): Promise<void> => {
    for (let from = 0; from < UNITS; from += 2 * WINDOW_UNITS) {
      const bytes = await Promise.all([buyer.read(from, WINDOW_UNITS), buyer.read(from + WINDOW_UNITS, WINDOW_UNITS)]);
      for (const [at, window] of bytes.entries())
        expect(
          Buffer.compare(window.subarray(0, UNIT_BYTES), shop.pair.source.unit(from + at * WINDOW_UNITS)),
        ).to.equal(0);
    }
    await buyer.payer.settle();
  };
  const earnedOver = (...channels: bigint[]): bigint =>
    channels.reduce((sum, channel) => sum + shop.earned(channel), 0n);
  /** Each channel is paid for whole wei. */
  const isAll = (earned: bigint): boolean => {
    const all = costOf(UNITS * UNIT_BYTES);
    return earned <= all && earned >= all - 2n;
  };

  it('go on over another one when the deposit is used up, and are paid to the wei', async () => {
    shop.openChannel(7n, buyer.account, costOf(3 * MEBIBYTE));
    await readAll();
    expect(opened).to.equal(1);
    expect(shop.earned(7n) > costOf(MEBIBYTE) && shop.earned(7n) <= costOf(3 * MEBIBYTE)).to.equal(true);
    expect(isAll(earnedOver(7n, 8n)), String(earnedOver(7n, 8n))).to.equal(true);
    expect([7n, 8n].map((channel) => buyer.sent.promised(channel).amount)).to.deep.equal(
      [7n, 8n].map((channel) => shop.earned(channel)),
    );
  });

  it('go on over another one when the first begins to close, and what was read before is paid over that', async () => {
    let blocks = 0;
    buyer.beforeBlock = () => {
      if (++blocks !== 9) return;
      // Its end is agreed on, as by another command of the same wallet: the chain does not show it yet.
      shop.ledger.channels.keepConsent(7n, shop.nowS + 900);
    };
    for (let from = 0; from < UNITS; from += WINDOW_UNITS)
      await buyer.read(from, WINDOW_UNITS).catch(() => buyer.read(from, WINDOW_UNITS));
    await buyer.payer.settle();
    expect(opened).to.equal(1);
    expect(earnedOver(7n) > 0n && earnedOver(8n) > 0n).to.equal(true);
    expect([7n, 8n].map((channel) => buyer.sent.promised(channel).amount)).to.deep.equal(
      [7n, 8n].map((channel) => shop.earned(channel)),
    );
  });

  it('are not begun where the deposit is not enough for their end: nothing is served in vain', async () => {
    shop.openChannel(7n, buyer.account, costOf(MEBIBYTE));
    const poor = new Buyer(shop, { account: buyer.account });
    expect((await failureOf(poor.read(0, WINDOW_UNITS + 1))).code).to.equal('retrieval-deposit-spent');
    expect(poor.receivedBytes).to.equal(0);
    await poor.read(0, WINDOW_UNITS);
    poor.close();
  });

  it('find what was put behind a channel just now', async () => {
    shop.openChannel(7n, buyer.account, costOf(MEBIBYTE));
    await buyer.read(0, WINDOW_UNITS);
    shop.openChannel(7n, buyer.account, costOf(2 * MEBIBYTE));
    await buyer.read(0, WINDOW_UNITS);
    await buyer.payer.settle();
    expect([opened, shop.earned(7n)]).to.deep.equal([0, costOf(2 * MEBIBYTE)]);
  });

  it('agree anew when the allowance that they were offered is used meanwhile', async () => {
    shop.freeBytesPerDay = BigInt(20 * UNIT_BYTES);
    shop.restart();
    await buyer.read(0, 4);
    const other = new Buyer(shop, { account: buyer.account, folder: buyer.folder });
    let offers = 0;
    const desk = buyer.desk();
    const raced = {
      ...desk,
      offer: async () => {
        const offer = await desk.offer();
        // Another process of the same wallet is faster.
        if (offers++ === 0) await other.agreed({ freeBytes: BigInt(16 * UNIT_BYTES), nonce: 5n });
        return offer;
      },
    };
    buyer.desk = () => raced;
    await buyer.read(0, 32);
    await buyer.payer.settle();
    expect([offers, shop.earned(7n)]).to.deep.equal([2, costOf(32 * UNIT_BYTES)]);
    other.sent.close();
  });
});
