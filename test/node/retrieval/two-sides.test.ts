import { expect } from 'chai';

import { UNIT_BYTES } from '../../../node/core/units.ts';
import { Credit } from '../../../node/retrieval/credit.ts';
import { MAX_CONTRACT_AHEAD_S } from '../../../node/retrieval/limits.ts';
import { failureOf } from '../transfer/fixtures.ts';
import { Buyer, costOf, PRICE, Shop } from './shop.ts';

describe('two sides that differ', function () {
  this.timeout(60_000);
  let shop: Shop;
  let buyer: Buyer;
  beforeEach(async () => {
    shop = await Shop.open(256);
    buyer = new Buyer(shop);
  });
  afterEach(async () => {
    buyer.close();
    await shop.close();
  });

  it('two machines with one key, one after the other: the second goes on from what the first promised, to the wei', async () => {
    await buyer.read(0, 40);
    await buyer.payer.settle();
    const other = new Buyer(shop, { account: buyer.account });
    await other.read(0, 30);
    await other.payer.settle();
    expect(shop.earned(7n)).to.equal(costOf(40 * UNIT_BYTES) + costOf(30 * UNIT_BYTES));
    other.close();
  });

  it('two machines with one key at once: nothing is paid twice, and the provider loses one window at most', async () => {
    shop.clock.patienceMs = 500;
    const other = new Buyer(shop, { account: buyer.account });
    await Promise.allSettled([buyer.read(0, 200), other.read(0, 150)]);
    await Promise.all([buyer.payer.settle(), other.payer.settle()]);
    const cost = costOf(buyer.checkedBytes + other.checkedBytes);
    const earned = shop.earned(7n);
    expect(earned > 0n && earned <= cost, `${earned} of ${cost}`).to.equal(true);
    expect(cost - earned <= new Credit(earned).limit(PRICE), `${cost - earned} of ${cost}`).to.equal(true);
    other.close();
  });

  it('two processes on one machine pay over one channel at once', async () => {
    const other = new Buyer(shop, { account: buyer.account, folder: buyer.folder });
    await Promise.all([buyer.read(0, 200), other.read(0, 150)]);
    await Promise.all([buyer.payer.settle(), other.payer.settle()]);
    expect(shop.earned(7n)).to.equal(buyer.promised);
    expect(costOf(350 * UNIT_BYTES) - shop.earned(7n) < 100n).to.equal(true);
    other.sent.close();
  });

  for (const [skewS, outcome] of [
    [-3_600, 'served'],
    [3_600, 'served'],
    [-13 * 3_600, 'retrieval-contract-unfit'],
    [13 * 3_600, 'retrieval-contract-unfit'],
  ] as const)
    it(`clocks ${skewS / 3_600} hours apart: ${outcome}`, async () => {
      const skewed = new Buyer(shop, { channel: 8n, nowS: () => shop.nowS + skewS });
      const reading = skewed.read(0, 16).then(() => 'served');
      const got = outcome === 'served' ? await reading : (await failureOf(reading)).code;
      expect(got).to.equal(outcome);
      expect(Math.abs(skewS) < MAX_CONTRACT_AHEAD_S / 2).to.equal(outcome === 'served');
      skewed.close();
    });

  it('a price above what the agreement binds the provider to is not paid, nor one above what the client pays', async () => {
    shop.price = PRICE + 1n;
    expect((await failureOf(buyer.read(0, 4))).code).to.equal('retrieval-price-above-ceiling');
    const frugal = new Buyer(shop, { channel: 8n, maxPricePerMiB: PRICE - 1n });
    shop.price = PRICE;
    expect((await failureOf(frugal.read(0, 4))).code).to.equal('retrieval-price-above-ceiling');
    shop.price = PRICE - 1n;
    await frugal.read(0, 4);
    await frugal.payer.settle();
    expect(shop.earned(8n)).to.equal(costOf(4 * UNIT_BYTES, PRICE - 1n));
    expect(shop.earned(7n)).to.equal(0n);
    frugal.close();
  });

  it('nothing is paid where no agreement binds the provider and the client names no price', async () => {
    const loose = new Buyer(shop, { channel: 8n, overrides: { ceilingOf: () => Promise.resolve(undefined) } });
    expect((await failureOf(loose.read(0, 4))).code).to.equal('retrieval-price-above-ceiling');
    loose.close();
  });

  it('a price that rises while a contract lives does not change it', async () => {
    await buyer.read(0, 4);
    shop.price = PRICE + 1n;
    await buyer.read(4, 4);
    await buyer.payer.settle();
    expect(shop.earned(7n)).to.equal(costOf(8 * UNIT_BYTES));
  });

  it('somebody in the place of the provider cannot sign its contracts', async () => {
    const deceived = new Buyer(shop, { channel: 8n, overrides: { nodeOf: () => buyer.account.address } });
    expect((await failureOf(deceived.read(0, 4))).code).to.equal('retrieval-countersignature-bad');
    expect(deceived.promised).to.equal(0n);
    deceived.close();
  });
});
