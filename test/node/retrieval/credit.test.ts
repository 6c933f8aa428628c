import { expect } from 'chai';
import fc from 'fast-check';

import { Credit } from '../../../node/retrieval/credit.ts';
import { MAX_CREDIT_BYTES, MIN_CREDIT_BYTES } from '../../../node/retrieval/limits.ts';

const MEBIBYTE = 1_048_576n;
const step = fc.oneof(
  fc.record({ kind: fc.constant('serve' as const), bytes: fc.bigInt({ min: 1n, max: 262_144n }) }),
  fc.record({ kind: fc.constant('pay' as const), share: fc.integer({ min: 0, max: 100 }) }),
  fc.record({ kind: fc.constant('distrust' as const) }),
);
const price = fc.oneof(fc.bigInt({ min: 1n, max: 100n }), fc.bigInt({ min: 1n, max: 2n ** 63n }));

describe('credit', () => {
  it('never lets more be owed than the least window and what was paid, nor than the greatest window', () => {
    fc.assert(
      fc.property(price, fc.array(step, { maxLength: 300 }), (pricePerMiB, steps) => {
        const credit = new Credit(0n);
        for (const each of steps) {
          if (each.kind === 'serve' && credit.covers(each.bytes, pricePerMiB)) credit.serve(each.bytes, pricePerMiB);
          if (each.kind === 'pay') credit.pay(credit.paid + (credit.payable * BigInt(each.share)) / 100n);
          if (each.kind === 'distrust') credit.distrust();
          const least = (BigInt(MIN_CREDIT_BYTES) * pricePerMiB) / MEBIBYTE;
          const most = (BigInt(MAX_CREDIT_BYTES) * pricePerMiB) / MEBIBYTE;
          expect(credit.owed <= least + credit.paid + 1n).to.equal(true);
          expect(credit.owed <= most + 1n).to.equal(true);
          expect(credit.paid <= credit.due).to.equal(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('counts every byte: what is served in whatever steps comes to the same, to the wei', () => {
    fc.assert(
      fc.property(price, fc.array(fc.bigInt({ min: 0n, max: 10n ** 7n })), (pricePerMiB, parts) => {
        const credit = new Credit(0n);
        for (const bytes of parts) credit.serve(bytes, pricePerMiB);
        const exact = parts.reduce((sum, bytes) => sum + bytes, 0n) * pricePerMiB;
        expect(credit.payable).to.equal(exact / MEBIBYTE);
        expect(credit.due).to.equal((exact + MEBIBYTE - 1n) / MEBIBYTE);
      }),
    );
  });

  it('doubles with each window that is paid, and starts again after a client stopped', () => {
    const credit = new Credit(0n);
    const windows: bigint[] = [];
    for (let round = 0; round < 8; round++) {
      windows.push(credit.limit(MEBIBYTE) / MEBIBYTE);
      credit.serve(credit.limit(MEBIBYTE), MEBIBYTE);
      credit.pay(credit.due);
    }
    expect(windows).to.deep.equal([1n, 2n, 4n, 8n, 16n, 32n, 64n, 64n]);
    credit.distrust();
    expect(credit.limit(MEBIBYTE) / MEBIBYTE).to.equal(1n);
  });

  it('goes by the highest voucher, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 1_000n }), { minLength: 1 }), (amounts) => {
        const credit = new Credit(0n);
        for (const amount of amounts) credit.pay(amount);
        expect(credit.paid).to.equal(amounts.reduce((a, b) => (a > b ? a : b)));
      }),
    );
  });
});
