import { expect } from 'chai';

import { StowError } from '../../../node/core/errors.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import type { Holding } from '../../../node/provider/ledger/holdings.ts';
import { Settler } from '../../../node/provider/settler.ts';
import { FakeChainClock } from './fakes.ts';

describe('Settler', () => {
  it('lets an agreement whose audits are open wait, and ends the others', async () => {
    const clock = new FakeChainClock(50);
    const holdings = new Map(
      [1n, 2n].map((id) => [id, { id, status: 'active', startPeriod: 1, periods: 2, settledPeriods: 2 } as Holding]),
    );
    const tried: bigint[] = [];
    const settler = new Settler(
      {
        chain: {
          settle: async () => [],
          end: async (id) => {
            tried.push(id);
            if (id === 1n) throw new StowError({ code: 'agreements-audits-open', message: '' });
            holdings.set(id, { ...holdings.get(id)!, status: 'kept' });
            return {} as never;
          },
        },
        chainClock: clock,
        holdings: { active: () => [...holdings.values()].filter(({ status }) => status === 'active') },
        mirror: { refresh: async (id) => holdings.get(id) },
        prover: { duePeriod: undefined },
        vitals: { failedForGood: false },
        logger: silentLogger,
      },
      { settleEveryPeriods: 1 },
    );
    settler.start();
    await clock.mineTo(59);
    expect(tried, 'once in this period').to.deep.equal([1n, 2n]);
    await clock.mineTo(60);
    await settler.stop();
    expect(tried, 'again in the next').to.deep.equal([1n, 2n, 1n]);
  });
});
