import { expect } from 'chai';

import { readPriceFor } from '../../../../node/provider/retrieval/read-price.ts';

describe('the price of a read', () => {
  const asked: [string, number][] = [];
  const price = (ceiling: bigint | undefined, cached = false): bigint => {
    const ceilings = {
      ofRoot: (root: string, since: number) => {
        asked.push([root, since]);
        return ceiling;
      },
    };
    const components = { ceilings, chainClock: { head: { period: 9 } }, cache: { has: () => cached } };
    return readPriceFor(components, { price: 50n, cachePrice: 30n })('0x01');
  };

  it("is the provider's, but never above what an agreement over the shard allows", () => {
    expect([price(undefined), price(70n), price(50n), price(20n), price(0n)]).to.deep.equal([50n, 50n, 50n, 20n, 0n]);
    // Whoever may read a period after the end pays what held before it.
    expect(asked[0]).to.deep.equal(['0x01', 8]);
  });

  it('is that of the cache for what is only cached, and of the agreement for what is both', () => {
    expect([price(undefined, true), price(20n, true), price(70n, true)]).to.deep.equal([30n, 20n, 50n]);
  });
});
