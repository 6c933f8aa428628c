import { expect } from 'chai';
import fc from 'fast-check';
import { encodeFunctionData } from 'viem';

import { orderBookAbi } from '../../../node/chain/abi/order-book.ts';
import { postAsk } from '../../../node/chain/actions/post-ask.ts';
import { readAsk } from '../../../node/chain/actions/read-ask.ts';
import { readChainTime } from '../../../node/chain/actions/read-chain-time.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { errorCodeOf, toChainError } from '../../../node/chain/errors.ts';
import { type Fill, failedFillRules } from '../../../node/market/compatibility.ts';
import type { Ask } from '../../../node/market/messages.ts';
import { type TestChain, startChain } from '../support/chain.ts';
import { connect, enrol } from './market-fixture.ts';

/** The same conditions stand in `OrderBook.fill` and in `failedFillRules`: both are asked about the same orders. */
describe('compatibility on chain and off', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let chain: TestChain;
  let view: ChainView;
  const posted: { askId: bigint; ask: Ask }[] = [];

  before(async () => {
    chain = await startChain();
    view = await connect(chain);
    const one = await enrol(view, chain.accounts[2]!);
    const two = await enrol(view, chain.accounts[3]!);
    const { seconds } = await readChainTime(view);
    const terms = {
      minUnits: 2,
      maxUnits: 5,
      minPeriods: 2,
      maxPeriods: 5,
      collateralPeriods: 3,
      minClientDeposit: 3n,
      pricePerUnitPeriod: 3n,
    };
    for (const [provider, unitsLeft, expiry] of [
      [one, 4, seconds + 10_000],
      [two, 100, seconds + 10_000],
      [one, 100, seconds + 60],
    ] as const) {
      const ask: Ask = { ...provider.ask, ...terms, unitsLeft, expiry };
      const { askId } = await postAsk(provider.sender, { ask });
      posted.push({ askId, ask });
    }
    // One ask runs out, and one never existed.
    await chain.rpc('evm_increaseTime', 120);
    await chain.mine(1);
    posted.push({ askId: 99n, ask: await readAsk(view, 99n) });
  });
  after(async () => chain?.stop());

  /** What the contract says: undefined when the fill would succeed, else the code of its error. */
  async function verdictOnChain(askId: bigint, fill: Fill): Promise<string | undefined> {
    const { orderBook, agreements } = view.deployment.contracts;
    const { provider, units, periods, pricePerUnitPeriod, collateralPeriods, clientDeposit } = fill;
    const data = encodeFunctionData({
      abi: orderBookAbi,
      functionName: 'fill',
      args: [askId, provider, units, periods, pricePerUnitPeriod, BigInt(collateralPeriods), clientDeposit],
    });
    try {
      await view.client.call({ account: agreements, to: orderBook, data });
      return undefined;
    } catch (error) {
      return toChainError(error, 'fill').code;
    }
  }

  it('agree on random orders around every boundary', async () => {
    const { seconds: time } = await readChainTime(view);
    const near = fc.integer({ min: 1, max: 6 });
    const fills = fc.record({
      provider: fc.integer({ min: 1, max: 2 }),
      units: near,
      periods: near,
      pricePerUnitPeriod: fc.bigInt({ min: 2n, max: 4n }),
      collateralPeriods: fc.integer({ min: 2, max: 4 }),
      clientDeposit: fc.bigInt({ min: 2n, max: 4n }),
      time: fc.constant(time),
    });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: posted.length - 1 }), fills, async (which, fill) => {
        const { askId, ask } = posted[which]!;
        const [first] = failedFillRules(ask, fill);
        const expected = first === undefined ? undefined : errorCodeOf(`OrderBook_${first.rule}`);
        expect(await verdictOnChain(askId, fill)).to.equal(expected);
        seen.add(expected ?? 'fits');
      }),
      { numRuns: 500, seed: 1 },
    );
    // The comparison means something only when every rule and the good case came up.
    expect(seen.size).to.equal(10);
  });
});
