import { expect } from 'chai';
import fc from 'fast-check';

import { bumpFees } from '../../../node/chain/fees.ts';

const fee = fc.bigInt({ min: 0n, max: 10n ** 15n });
const fees = fc.record({ maxFeePerGas: fee, maxPriorityFeePerGas: fee });

describe('fees of a replacement', () => {
  it('rise by at least 12.5% and never fall below what the chain asks for', () => {
    fc.assert(
      fc.property(fees, fees, (last, current) => {
        const bumped = bumpFees(last, current);
        for (const key of ['maxFeePerGas', 'maxPriorityFeePerGas'] as const) {
          expect(bumped[key] * 8n >= last[key] * 9n).to.equal(true);
          expect(bumped[key] >= current[key]).to.equal(true);
          expect(bumped[key] <= (last[key] * 9n) / 8n + 1n || bumped[key] === current[key]).to.equal(true);
        }
      }),
    );
  });
});
