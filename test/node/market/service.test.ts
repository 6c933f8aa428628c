import { expect } from 'chai';
import fc from 'fast-check';

import { MAX_SERVICE_WEIGHT } from '../../../node/market/preference.ts';
import { NEW_SERVICE, serviceAt, serviceOf, slownessOf, withReceipt } from '../../../node/market/service.ts';

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

  it('is slow by time and throughput in equal parts, the less so the less was paid for it', () => {
    const paid = 10n ** 30n;
    const at = (firstByteMs: number, kibPerSecond: number | undefined, weight = paid): number =>
      slownessOf({ paid: weight, firstByteMs, kibPerSecond }, 10n ** 18n);
    expect(at(0, 2 ** 17)).to.be.closeTo(0, 1e-9);
    expect(at(60_000, 2)).to.be.closeTo(1, 1e-9);
    expect(at(250, 2 ** 13.5)).to.be.closeTo(0.5, 1e-9);
    expect(at(0, undefined)).to.be.closeTo(0.25, 1e-9);
    expect(at(500, 2 ** 17)).to.be.closeTo(0.5, 1e-9);
    expect(at(0, 2 ** 17, 10n ** 18n)).to.be.closeTo(0.25, 1e-9);
    expect([slownessOf(undefined, 0n), at(0, 2 ** 17, 1n)]).to.deep.equal([0.5, 0.5 - 0.5 / (1 + 1e18)]);
  });

  it('brings less by looking the best than is burned for it, however large a provider is', () => {
    // A provider that is paid rent r in each half-life pays itself p for reads, once; clients weigh the record by 4%.
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e9, noNaN: true }),
        fc.double({ min: 1, max: 1e9, noNaN: true }),
        (r, p) => {
          const tokens = (amount: number): bigint => BigInt(Math.round(amount * 1e6)) * 10n ** 12n;
          const best = { paid: tokens(p), firstByteMs: 0, kibPerSecond: 2 ** 17 };
          // Of rent that comes in evenly, what is decayed of it is about r / ln 2.
          const share = 0.5 - slownessOf(best, tokens(300 + r / Math.LN2));
          const gain = MAX_SERVICE_WEIGHT * share * (r / Math.LN2);
          expect(gain).to.be.at.most(0.02 * p * 1.000_001);
        },
      ),
    );
  });
});
