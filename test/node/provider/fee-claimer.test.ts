import { expect } from 'chai';

import { StowError } from '../../../node/core/errors.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { FeeClaimer } from '../../../node/provider/fee-claimer.ts';
import { FakeChainClock, settle } from './fakes.ts';

describe('FeeClaimer', () => {
  const claimed: string[] = [];
  const owed = [
    { provider: 3, slash: 0, amount: 5n },
    { provider: 3, slash: 2, amount: 5n },
    { provider: 4, slash: 1, amount: 5n },
  ];
  let clock: FakeChainClock;
  let duePeriod: number | undefined;
  let failure: StowError | undefined;
  let claimer: FeeClaimer;

  beforeEach(() => {
    claimed.length = 0;
    clock = new FakeChainClock(10);
    duePeriod = undefined;
    failure = undefined;
    const chain = {
      claimReportFee: async (provider: number, slash: number) => {
        claimed.push(`${provider}.${slash}`);
        if (failure !== undefined) throw failure;
        return {} as never;
      },
    };
    const prover = {
      get duePeriod() {
        return duePeriod;
      },
    };
    const fees = { owed: () => owed };
    claimer = new FeeClaimer({
      chain,
      chainClock: clock,
      fees,
      mirror: { sync: async () => undefined },
      prover,
      logger: silentLogger,
    });
  });
  afterEach(async () => claimer.stop());

  it('claims what is owed once a period, after the own proof', async () => {
    duePeriod = 1;
    claimer.start();
    await clock.mineTo(13);
    expect(claimed).to.deep.equal([]);
    duePeriod = undefined;
    await clock.mineTo(19);
    expect(claimed).to.deep.equal(['3.0', '3.2', '4.1']);
    await clock.mineTo(21);
    expect(claimed).to.have.lengthOf(6);
  });

  it('goes on after one that somebody else claimed', async () => {
    failure = new StowError({ code: 'collateral-no-report-fee', message: '' });
    claimer.start();
    await settle();
    expect(claimed).to.deep.equal(['3.0', '3.2', '4.1']);
  });
});
