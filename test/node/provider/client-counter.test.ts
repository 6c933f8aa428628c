import { expect } from 'chai';

import { silentLogger } from '../../../node/core/logger.ts';
import type { Address, AgreementId } from '../../../node/market/messages.ts';
import { NEW_STANDING, scoreAt, type Standing, withClient } from '../../../node/market/reputation.ts';
import { uncountedClients } from '../../../node/market/uncounted-clients.ts';
import { ClientCounter } from '../../../node/provider/client-counter.ts';
import type { Holding } from '../../../node/provider/ledger/holdings.ts';
import { FakeChainClock } from './fakes.ts';

const TERMS = { newcomer: 1_000n, halfLifePeriods: 10n, badWeight: 10n, fullClients: 4 };
const EARNED: Standing = { ...NEW_STANDING, good: 9_000n, updated: 5 };

describe('clients that do not count yet', () => {
  const served = (...accounts: number[]): { account: number }[] => accounts.map((account) => ({ account }));

  it('are as many as raise the score, each place in the sketch once', () => {
    const found = uncountedClients(EARNED, served(1, 113, 2, 3, 4, 5), TERMS, 5);
    expect(found.clients).to.deep.equal(served(1, 2, 3, 4));
    const counted = [1, 2, 3, 4].reduce((standing, account) => withClient(standing, account, 5, 10n), EARNED);
    expect(found.gain).to.equal(scoreAt(counted, TERMS, 5) - scoreAt(EARNED, TERMS, 5));
    expect(uncountedClients(counted, served(1, 5, 6), TERMS, 5)).to.deep.equal({ clients: [], gain: 0 });
  });

  it('come again once they have counted for a half-life and the next', () => {
    const standing = withClient(withClient(EARNED, 1, 5, 10n), 2, 5, 10n);
    expect(uncountedClients(standing, served(1, 2), TERMS, 19).clients).to.deep.equal([]);
    expect(uncountedClients(standing, served(1, 2), TERMS, 20).clients).to.deep.equal(served(1, 2));
  });

  it('bring nothing where one client is enough, or nothing was earned', () => {
    expect(uncountedClients(EARNED, served(1), { ...TERMS, fullClients: 1 }, 5).gain).to.equal(0);
    expect(uncountedClients(NEW_STANDING, served(1, 2), TERMS, 5).gain).to.equal(0);
  });
});

describe('ClientCounter', () => {
  let clock: FakeChainClock;
  let standing: Standing;
  let duePeriod: number | undefined;
  let lost: ReadonlySet<AgreementId>;
  let counter: ClientCounter;
  const sent: (readonly AgreementId[])[] = [];
  let asked = 0;

  beforeEach(() => {
    clock = new FakeChainClock(50);
    standing = EARNED;
    duePeriod = undefined;
    lost = new Set();
    sent.length = 0;
    asked = 0;
  });
  afterEach(async () => counter.stop());

  function start(minGain: number, clients = 3): void {
    const holdings = Array.from(
      { length: clients },
      (_, index) => ({ id: BigInt(index + 1), client: `0x${index + 1}` as Address, status: 'active' }) as Holding,
    );
    counter = new ClientCounter(
      {
        chain: {
          standing: async () => standing,
          accountNumber: async (client) => {
            asked += 1;
            return Number(client);
          },
          countClients: async (ids) => {
            sent.push(ids);
            for (const id of ids) standing = withClient(standing, Number(id), clock.head.period, 10n);
            return {} as never;
          },
        },
        chainClock: clock,
        holdings: { servedClients: (max) => holdings.slice(0, max) },
        mirror: {
          refresh: async (id) => ({ ...holdings[Number(id) - 1]!, status: lost.has(id) ? 'failed' : 'active' }),
        },
        prover: {
          get duePeriod() {
            return duePeriod;
          },
        },
        logger: silentLogger,
      },
      { terms: TERMS, minGain },
    );
    counter.start();
  }

  it('counts them in one transaction after the own proof, and not again while they count', async () => {
    duePeriod = 5;
    start(0.01);
    await clock.mineTo(53);
    expect(sent).to.deep.equal([]);
    duePeriod = undefined;
    await clock.mineTo(199);
    expect(sent).to.deep.equal([[1n, 2n, 3n]]);
    await clock.mineTo(205);
    expect(sent, 'two half-lives later').to.deep.equal([
      [1n, 2n, 3n],
      [1n, 2n, 3n],
    ]);
    expect(asked, 'account numbers are asked once').to.equal(3);
  });

  it('sends nothing for a gain that is not worth its gas', async () => {
    start(0.9);
    await clock.mineTo(75);
    expect(sent).to.deep.equal([]);
  });

  it('leaves out an agreement that failed meanwhile', async () => {
    lost = new Set([2n]);
    start(0);
    await clock.mineTo(52);
    expect(sent).to.deep.equal([[1n, 3n]]);
  });
});
