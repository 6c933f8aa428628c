import { expect } from 'chai';

import { signedAskId } from '../../../node/chain/typed-data.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import type { Ask, SignedOffer } from '../../../node/market/messages.ts';
import { Ledger } from '../../../node/provider/ledger/ledger.ts';
import { SignedAskKeeper } from '../../../node/provider/signed-ask-keeper.ts';
import { askOf } from '../agreements/samples.ts';
import { FakeChainClock, settle } from './fakes.ts';

const PROVIDER = 7;
/** Periods of `FakeChainClock` have ten blocks of a second. */
const VALID_S = 100;

describe('SignedAskKeeper', () => {
  let ledger: Ledger;
  let chainClock: FakeChainClock;
  let keeper: SignedAskKeeper;
  let series: number;
  let freeUnits: number;
  let posted: { askId: bigint; ask: Ask }[];
  let cancelled: bigint[];
  let inBook: Map<bigint, Ask>;
  let signed: SignedOffer[];
  const { provider: _provider, unitsLeft: _unitsLeft, expiry: _expiry, ...terms } = askOf();

  beforeEach(() => {
    ledger = new Ledger(':memory:');
    chainClock = new FakeChainClock();
    [series, freeUnits, posted, cancelled, inBook, signed] = [0, 1_000, [], [], new Map(), []];
    keeper = new SignedAskKeeper(
      {
        chain: {
          provider: PROVIDER,
          ask: async (askId) => inBook.get(askId) ?? askOf({ provider: 0 }),
          asks: async () => posted,
          cancelAsks: async (askIds) => {
            cancelled.push(...askIds);
            return undefined as never;
          },
          seriesOf: async () => series,
          quote: async () => 150n,
        },
        chainClock,
        room: { freeUnits: () => freeUnits, capacityUnits: 1_000 },
        facts: ledger.facts,
        sign: async () => `0x${'11'.repeat(65)}`,
        idOf: signedAskId,
        onSigned: (offer) => signed.push(offer),
        logger: silentLogger,
      },
      { terms, validForS: VALID_S },
    );
  });
  afterEach(async () => {
    await keeper.stop();
    ledger.close();
  });

  async function nextPeriod(): Promise<void> {
    await chainClock.mineTo(Number(chainClock.opening(chainClock.head.period + 1)));
    await settle();
  }

  it('signs at the start, withdraws what it had posted, and leaves the asks of others alone', async () => {
    posted = [
      { askId: 3n, ask: askOf({ provider: PROVIDER }) },
      { askId: 4n, ask: askOf({ provider: 8 }) },
    ];
    await keeper.start();
    expect(cancelled).to.deep.equal([3n]);
    expect(signed).to.have.lengthOf(1);
    expect(signed[0]?.signed).to.deep.include({ series: 0 });
    expect(signed[0]?.signed.ask).to.deep.include({ ...terms, provider: PROVIDER, unitsLeft: 1_000 });
    expect(keeper.current()).to.deep.equal([signedAskId(signed[0]!.signed)]);
    expect(ledger.facts.get('signed-asks')).to.equal('yes');
  });

  it('signs anew when room, time or series ask for it, with a larger nonce each time, and not otherwise', async () => {
    await keeper.start();
    await nextPeriod();
    expect(signed).to.have.lengthOf(1);
    freeUnits = 800;
    await nextPeriod();
    expect(signed.at(-1)?.signed.ask.unitsLeft).to.equal(800);
    series = 1;
    await nextPeriod();
    expect(signed.at(-1)?.signed.series).to.equal(1);
    for (let period = 0; period < 8; period += 1) await nextPeriod();
    expect(signed).to.have.lengthOf(4);
    const nonces = signed.map(({ signed: { nonce } }) => nonce);
    expect(nonces).to.deep.equal(nonces.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(nonces).size).to.equal(4);
  });

  it('stands by the one before too, unless a new series voided it', async () => {
    await keeper.start();
    freeUnits = 800;
    await nextPeriod();
    const [first, second] = signed.map((offer) => signedAskId(offer.signed));
    expect(keeper.current()).to.deep.equal([second, first]);
    series = 1;
    await nextPeriod();
    expect(keeper.current()).to.have.lengthOf(1);
  });

  it('shows an ask as the book has it once somebody brought it', async () => {
    await keeper.start();
    const [askId] = keeper.current() as [bigint];
    expect((await keeper.askNow(askId)).unitsLeft).to.equal(1_000);
    inBook.set(askId, askOf({ provider: PROVIDER, unitsLeft: 950 }));
    expect((await keeper.askNow(askId)).unitsLeft).to.equal(950);
    expect((await keeper.askNow(99n)).provider, 'not one of its own').to.equal(0);
  });

  it('signs nothing while there is no room for the smallest shard', async () => {
    freeUnits = 0;
    await keeper.start();
    expect(signed).to.deep.equal([]);
    expect(keeper.current()).to.deep.equal([]);
  });
});
