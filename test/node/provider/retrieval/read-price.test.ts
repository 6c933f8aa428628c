import { expect } from 'chai';

import { readPriceFor } from '../../../../node/provider/retrieval/read-price.ts';

describe('the price of a read', () => {
  const asked: [string, number][] = [];
  const price = (ceiling: bigint | undefined): bigint => {
    const ceilings = {
      ofRoot: (root: string, since: number) => {
        asked.push([root, since]);
        return ceiling;
      },
    };
    return readPriceFor({ ceilings, chainClock: { head: { period: 9 } } }, { price: 50n })('0x01');
  };

  it("is the provider's, but never above what an agreement over the shard allows", () => {
    expect([price(undefined), price(70n), price(50n), price(20n), price(0n)]).to.deep.equal([50n, 50n, 50n, 20n, 0n]);
    // Whoever may read a period after the end pays what held before it.
    expect(asked[0]).to.deep.equal(['0x01', 8]);
  });
});
