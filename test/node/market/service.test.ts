import { expect } from 'chai';
import fc from 'fast-check';

import { NEW_SERVICE, serviceAt, serviceOf, withReceipt } from '../../../node/market/service.ts';

const HALF_LIFE = 100n;

describe('what receipts say of a provider', () => {
  it('is nothing before the first', () => {
    expect(serviceOf(NEW_SERVICE)).to.equal(undefined);
    expect(serviceOf(serviceAt(NEW_SERVICE, 500, HALF_LIFE))).to.equal(undefined);
  });

  it('counts each receipt by what was paid under it, and a throughput only where one is told', () => {
    const first = withReceipt(NEW_SERVICE, { paid: 100n, block: 10, firstByteMs: 40, kibPerSecond: 12 }, HALF_LIFE);
    const second = withReceipt(first, { paid: 300n, block: 10, firstByteMs: 80, kibPerSecond: 14 }, HALF_LIFE);
    expect(serviceOf(second)).to.deep.equal({ paid: 400n, firstByteMs: 70, kibPerSecond: 2 ** 13.5 });
    const untold = withReceipt(second, { paid: 400n, block: 10, firstByteMs: 10, kibPerSecond: 0 }, HALF_LIFE);
    expect(serviceOf(untold)).to.deep.equal({ paid: 800n, firstByteMs: 40, kibPerSecond: 2 ** 13.5 });
    const never = withReceipt(NEW_SERVICE, { paid: 1n, block: 1, firstByteMs: 5, kibPerSecond: 0 }, HALF_LIFE);
    expect(serviceOf(never)).to.deep.equal({ paid: 1n, firstByteMs: 5, kibPerSecond: undefined });
  });

  it('fades: after a half-life, what comes anew counts twice as much', () => {
    const old = withReceipt(NEW_SERVICE, { paid: 200n, block: 100, firstByteMs: 90, kibPerSecond: 8 }, HALF_LIFE);
    const both = withReceipt(old, { paid: 100n, block: 200, firstByteMs: 30, kibPerSecond: 10 }, HALF_LIFE);
    expect(serviceOf(both)).to.deep.equal({ paid: 200n, firstByteMs: 60, kibPerSecond: 512 });
    expect(serviceOf(serviceAt(both, 300, HALF_LIFE))?.paid).to.equal(100n);
  });

  it('lies between the best and the worst that was told, whatever came in which order', () => {
    const receipt = fc.record({
      paid: fc.bigInt({ min: 10n ** 9n, max: 2n ** 96n - 1n }),
      block: fc.nat(1_000),
      firstByteMs: fc.nat(2 ** 32 - 1),
      kibPerSecond: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(receipt, { minLength: 1, maxLength: 8 }), (receipts) => {
        const service = serviceOf(receipts.reduce((record, told) => withReceipt(record, told, HALF_LIFE), NEW_SERVICE));
        const times = receipts.map(({ firstByteMs }) => firstByteMs);
        const speeds = receipts.map(({ kibPerSecond }) => 2 ** kibPerSecond);
        // What is rounded down while it fades is below a millionth.
        expect(service?.firstByteMs).to.be.within(
          Math.min(...times) * 0.999_999 - 1e-3,
          Math.max(...times) * 1.000_001,
        );
        expect(service?.kibPerSecond).to.be.within(Math.min(...speeds) * 0.999, Math.max(...speeds) * 1.001);
      }),
    );
  });
});
