import { expect } from 'chai';
import fc from 'fast-check';

import {
  agreementId,
  formatAgreementId,
  leafOfAgreement,
  parseAgreementId,
  providerOfAgreement,
} from '../../../node/market/agreement-id.ts';
import {
  ceilDiv,
  formatTokens,
  gibPriceOfUnitPrice,
  parseTokens,
  unitPriceOfGibPrice,
} from '../../../node/market/money.ts';
import { quote } from '../../../node/market/quote.ts';

describe('quotes and amounts', () => {
  it('adds rent and burn, and shows gas apart', () => {
    const shard = { pricePerUnitPeriod: 7n, units: 3, periods: 10 };
    const gas = { units: 300_000n, weiPerUnit: 2n };
    expect(quote({ shards: [shard, shard], burnBps: 200n, holdbackBps: 2_000n, gas })).to.deep.equal({
      rent: 420n,
      // 8.4, rounded up as the contract does.
      burn: 9n,
      heldBack: 84n,
      total: 429n,
      perPeriod: 42n,
      gasWei: 600_000n,
    });
    expect(quote({ shards: [], burnBps: 200n, holdbackBps: 2_000n })).to.deep.equal({
      rent: 0n,
      burn: 0n,
      heldBack: 0n,
      total: 0n,
      perPeriod: 0n,
      gasWei: undefined,
    });
    expect(quote({ shards: [shard], burnBps: 0n, holdbackBps: 0n }).burn).to.equal(0n);
  });

  it('reads and writes amounts without losing a wei', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n }), (wei) => {
        expect(parseTokens(formatTokens(wei).split(' ')[0]!)).to.equal(wei);
      }),
    );
    for (const text of ['', '-1', '1e3', '1.', '.5', '0x10', '1,5', '1.0000000000000000001', ' 1', 'NaN', '1 ']) {
      expect(() => parseTokens(text), text).to.throw('not an amount');
    }
  });

  it('never turns a price per GiB into less', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 90n }), (price) => {
        const back = gibPriceOfUnitPrice(unitPriceOfGibPrice(price));
        expect(back >= price && back - price < 16_384n).to.equal(true);
      }),
    );
    expect(ceilDiv(10n, 5n)).to.equal(2n);
    expect(ceilDiv(11n, 5n)).to.equal(3n);
  });

  it('takes agreement ids apart and puts them together', () => {
    const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(uint32, uint32, (provider, leaf) => {
        const id = agreementId(provider, leaf);
        expect([providerOfAgreement(id), leafOfAgreement(id)]).to.deep.equal([provider, leaf]);
        expect(parseAgreementId(formatAgreementId(id))).to.equal(id);
      }),
    );
    for (const text of ['', '1', '1.', '.1', '1.2.3', 'a.b', '4294967296.1', '-1.2', '1.4294967296']) {
      expect(parseAgreementId(text), text).to.equal(undefined);
    }
  });
});
