import { expect } from 'chai';

import { Acceptor, type AcceptorComponents } from '../../../node/agreements/acceptor.ts';
import type { BidOffer } from '../../../node/agreements/bid-desk.ts';
import { MAX_RESERVATIONS_PER_CLIENT } from '../../../node/agreements/limits.ts';
import { isStowError } from '../../../node/core/errors.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import type { Ask, Hex, ReserveRequest, StorageAgreement } from '../../../node/market/messages.ts';
import { Ledger } from '../../../node/provider/ledger/ledger.ts';
import { agreementOf, askOf, client, NOW_S, PEER, requestOf, ROOT } from './samples.ts';

const SIGNATURE = `0x${'01'.repeat(65)}` as const;
/** What the desk makes of shards of bids in these tests. */
const bidOffer: BidOffer = {
  pricePerUnitPeriod: 100n,
  collateralPeriods: 5,
  bid: { root: ROOT, proof: [], bidExpiry: NOW_S + 7_200 },
  expiresAt: NOW_S + 900,
};
/** Rent of 17 units over 30 periods at 100 wei, and 2% of it. */
const COST = 51_000n + 1_020n;

describe('Acceptor', () => {
  let ledger: Ledger;
  let acceptor: Acceptor;
  let ask: Ask;
  let available: bigint;
  let lockable: bigint;
  let freeUnits: number;
  let signedBy: boolean;
  let usedNonces: Set<bigint>;
  let syncs: number;
  let signings: number;
  /** Root that is on disk, and the agreement's client that it is there for. */
  let here: { root: Hex; client: string } | undefined;

  let forgotten: string[];

  beforeEach(() => {
    ledger = new Ledger(':memory:');
    [ask, available, lockable, freeUnits, signedBy, syncs, signings] = [askOf(), COST, 8_000n, 1_000, true, 0, 0];
    usedNonces = new Set();
    here = undefined;
    forgotten = [];
    const components: AcceptorComponents = {
      book: ledger.reservations,
      chain: {
        nowS: () => NOW_S,
        askNow: async () => ask,
        availableOf: async () => available,
        lockable: async () => lockable,
        isNonceUsed: async (_client, nonce) => usedNonces.has(nonce),
        sync: async () => void (syncs += 1),
      },
      room: { freeUnits: () => freeUnits - ledger.reservations.totals().openUnits },
      shards: {
        serves: (request, root) => here?.root === root && here.client === request.client,
        adopt: async (id, root) => {
          if (here?.root !== root) return false;
          ledger.reservations.markStored(id, { root, units: 16, expiresAt: NOW_S + 900 });
          return true;
        },
        forget: (id) => void forgotten.push(id),
      },
      asks: { current: () => [3n] },
      bids: { consider: async () => bidOffer, requireAnswers: async () => undefined },
      bulk: () => ['/ip4/127.0.0.1/tcp/1/tls/http'],
      verifyReserve: async () => signedBy,
      signAgreement: async () => {
        signings += 1;
        return SIGNATURE;
      },
      logger: silentLogger,
    };
    const market = `0x${'22'.repeat(20)}` as const;
    acceptor = new Acceptor(components, { provider: 7, chainId: 31_337, agreements: market, burnBps: 200n });
  });
  afterEach(() => ledger.close());

  const reserve = async (fields: Partial<ReserveRequest> = {}, peer = PEER): Promise<string> =>
    (await acceptor.reserve(peer, { request: requestOf(fields), signature: SIGNATURE })).reservationId;
  const sign = async (reservationId: string, fields: Partial<StorageAgreement> = {}, peer = PEER): Promise<string> =>
    (await acceptor.sign(peer, { reservationId, agreement: agreementOf(fields) })).signature;
  const store = (id: string): void =>
    ledger.reservations.markStored(id, { root: ROOT, units: 16, expiresAt: NOW_S + 900 });

  /** The code that a call is refused with. */
  async function refusalOf(work: Promise<unknown>): Promise<string> {
    try {
      await work;
    } catch (error) {
      if (isStowError(error)) return error.code;
      throw error;
    }
    throw new Error('not refused');
  }

  it('tells its terms', () => {
    expect(acceptor.terms()).to.deep.include({ provider: 7, freeUnits: 1_000, asks: [3n] });
  });

  describe('reserve', () => {
    it('keeps room before the first byte', async () => {
      const id = await reserve();
      expect(id).to.match(/^[0-9a-f]{32}$/);
      expect(acceptor.terms().freeUnits).to.equal(983);
    });

    it('gives the same reservation to the same peer that asks again, and not to another one', async () => {
      const id = await reserve();
      expect(await reserve({ expiry: BigInt(NOW_S + 700) })).to.equal(id);
      expect(await reserve({ expiry: BigInt(NOW_S + 700) })).to.equal(id);
    });

    it('gives a later run of the same wallet what the run before reserved, and only to that one from then on', async () => {
      const id = await reserve();
      expect(await reserve({}, 'peer-2')).to.equal(id);
      expect(ledger.reservations.find(id)).to.include({ peer: 'peer-2', expiresAt: NOW_S + 900 });
      acceptor.release(PEER, id);
      expect(ledger.reservations.totals().count).to.equal(1);
      expect(forgotten).to.deep.equal([]);
      acceptor.release('peer-2', id);
      expect(forgotten).to.deep.equal([id]);
    });

    it('gives one reservation for two identical requests at once', async () => {
      const [first, second] = await Promise.all([reserve(), reserve()]);
      expect(first).to.equal(second);
      expect(ledger.reservations.totals().count).to.equal(1);
    });

    it('counts a shard as arrived that it has under an agreement of the same client, whatever room there is', async () => {
      here = { root: ROOT, client: client.address };
      freeUnits = 0;
      const held = { request: requestOf(), signature: SIGNATURE, held: ROOT } as const;
      const answer = await acceptor.reserve(PEER, held);
      expect(answer.stored).to.equal(true);
      expect(await sign(answer.reservationId)).to.equal(SIGNATURE);
    });

    it('gives nobody a shard for naming its root', async () => {
      here = { root: ROOT, client: '0x0000000000000000000000000000000000000001' };
      const held = { request: requestOf(), signature: SIGNATURE, held: ROOT } as const;
      const answer = await acceptor.reserve(PEER, held);
      expect(answer.stored).to.equal(false);
      expect(await refusalOf(sign(answer.reservationId))).to.equal('sign-not-stored');
      expect((await acceptor.reserve(PEER, { request: requestOf(), signature: SIGNATURE })).stored).to.equal(undefined);
    });

    const wrong: [string, string, Partial<ReserveRequest>][] = [
      ['has expired', 'reserve-expired', { expiry: BigInt(NOW_S) }],
      ['is valid for too long', 'reserve-expired', { expiry: BigInt(NOW_S + 901) }],
      ['is for another provider', 'reserve-other-provider', { provider: 8 }],
      ['names an unknown ask', 'reserve-ask-unknown', { askId: 4n }],
      ['is larger than the ask takes', 'reserve-ask-unfit', { units: 101 }],
      ['is longer than the ask takes', 'reserve-ask-unfit', { periods: 366 }],
    ];
    for (const [what, code, fields] of wrong) {
      it(`refuses a request that ${what}`, async () => {
        available = 10n ** 18n;
        expect(await refusalOf(reserve(fields))).to.equal(code);
      });
    }

    it('refuses a request that its client did not sign', async () => {
      signedBy = false;
      expect(await refusalOf(reserve())).to.equal('reserve-signature-bad');
    });

    it('refuses an ask that ran out', async () => {
      ask = askOf({ expiry: NOW_S });
      expect(await refusalOf(reserve())).to.equal('reserve-ask-unfit');
    });

    it('refuses a client that cannot pay to the wei, its other reservations counted', async () => {
      available = COST - 1n;
      expect(await refusalOf(reserve())).to.equal('reserve-client-funds');
      available = 2n * COST - 1n;
      await reserve();
      expect(await refusalOf(reserve({ shardIndex: 1 }))).to.equal('reserve-client-funds');
    });

    it('refuses what there is no room for, its own reservations counted', async () => {
      [available, freeUnits] = [2n * COST, 33];
      await reserve();
      expect(await refusalOf(reserve({ shardIndex: 1 }))).to.equal('reserve-no-room');
    });

    it('bounds the reservations of one client', async () => {
      [available, freeUnits] = [10n ** 18n, 10_000];
      for (let shardIndex = 0; shardIndex < MAX_RESERVATIONS_PER_CLIENT; shardIndex += 1) await reserve({ shardIndex });
      expect(await refusalOf(reserve({ shardIndex: MAX_RESERVATIONS_PER_CLIENT }))).to.equal('reserve-too-many');
    });
  });

  describe('sign', () => {
    let id: string;
    beforeEach(async () => {
      id = await reserve();
    });

    it('signs what is stored, durably first, and the same again on the same question', async () => {
      store(id);
      expect(await sign(id)).to.equal(SIGNATURE);
      expect(ledger.reservations.find(id)?.state).to.equal('signed');
      expect(await sign(id)).to.equal(SIGNATURE);
    });

    it('signs nothing that has not arrived', async () => {
      expect(await refusalOf(sign(id))).to.equal('sign-not-stored');
      expect(signings).to.equal(0);
    });

    it('answers only the peer that reserved', async () => {
      store(id);
      expect(await refusalOf(sign(id, {}, 'peer-2'))).to.equal('reservation-unknown');
    });

    const wrong: [string, string, Partial<StorageAgreement>][] = [
      ['another root', 'sign-mismatch', { shardRoot: `0x${'cc'.repeat(32)}` }],
      ['more units than arrived', 'sign-mismatch', { units: 17, collateral: 17n * 500n }],
      ['another client', 'sign-mismatch', { client: `0x${'33'.repeat(20)}` }],
      ['another object', 'sign-mismatch', { objectKey: `0x${'cc'.repeat(32)}` }],
      ['another shard index', 'sign-mismatch', { shardIndex: 1 }],
      ['another term', 'sign-mismatch', { periods: 31 }],
      ['another ask', 'sign-mismatch', { askId: 4n }],
      ['a bid', 'sign-mismatch', { bidId: 1n }],
      ['another provider', 'sign-mismatch', { provider: 8 }],
      ['a lower price', 'sign-terms', { pricePerUnitPeriod: 99n, collateral: 16n * 99n * 5n }],
      ['a higher collateral', 'sign-terms', { collateral: 16n * 100n * 6n }],
      ['a deadline that has passed', 'sign-deadline', { deadline: BigInt(NOW_S) }],
      ['a deadline far ahead', 'sign-deadline', { deadline: BigInt(NOW_S + 901) }],
    ];
    for (const [what, code, fields] of wrong) {
      it(`refuses ${what}`, async () => {
        store(id);
        lockable = 10n ** 18n;
        expect(await refusalOf(sign(id, fields))).to.equal(code);
        expect(signings).to.equal(0);
      });
    }

    it('takes a higher price with the collateral that follows from it', async () => {
      store(id);
      lockable = 10n ** 18n;
      expect(await sign(id, { pricePerUnitPeriod: 101n, collateral: 16n * 101n * 5n })).to.equal(SIGNATURE);
    });

    it('signs one agreement per shard and no other', async () => {
      store(id);
      await sign(id);
      expect(await refusalOf(sign(id, { nonce: 1n }))).to.equal('sign-other-promise');
    });

    it('refuses a nonce that is used', async () => {
      store(id);
      usedNonces.add(agreementOf().nonce);
      expect(await refusalOf(sign(id))).to.equal('sign-terms');
    });

    it('refuses what its stake does not cover, open promises counted', async () => {
      store(id);
      lockable = 7_999n;
      expect(await refusalOf(sign(id))).to.equal('sign-stake-short');
      [lockable, available] = [15_999n, 2n * COST];
      const other = await reserve({ shardIndex: 1 });
      store(other);
      await sign(id);
      expect(await refusalOf(sign(other, { shardIndex: 1, nonce: 1n }))).to.equal('sign-stake-short');
    });

    it('asks the chain about fulfilled promises before it counts the reservations of a client', async () => {
      store(id);
      await sign(id);
      available = 2n * COST;
      await reserve({ shardIndex: 1 });
      expect(syncs).to.equal(1);
    });
  });

  describe('shards of bids', () => {
    const NONCE = 2n ** 63n + 9n * 256n;
    const forBid = { askId: 0n, bidId: 9n, nonce: NONCE } as const;

    it("are reserved without the client's funds, which stand behind the bid", async () => {
      available = 0n;
      await reserve({ askId: 0n, bidId: 9n });
      expect(ledger.reservations.totals().openUnits).to.equal(17);
      available = COST;
      await reserve({ shardIndex: 1 });
    });

    it('name either an ask or a bid', async () => {
      expect(await refusalOf(reserve({ bidId: 9n }))).to.equal('reserve-ask-unknown');
    });

    it('are signed at what the provider wants or more, with the nonce of the bid, and anew when asked', async () => {
      const id = await reserve({ askId: 0n, bidId: 9n });
      store(id);
      expect(await refusalOf(sign(id, { ...forBid, pricePerUnitPeriod: 99n, collateral: 16n * 99n * 5n }))).to.equal(
        'sign-terms',
      );
      expect(await refusalOf(sign(id, { ...forBid, nonce: 1n }))).to.equal('sign-mismatch');
      expect(await refusalOf(sign(id, { ...forBid, bidId: 8n }))).to.equal('sign-mismatch');
      expect(await sign(id, forBid)).to.equal(SIGNATURE);
      const dearer = { ...forBid, pricePerUnitPeriod: 100n, deadline: BigInt(NOW_S + 700) };
      expect(await sign(id, dearer)).to.equal(SIGNATURE);
      // The same stake stands behind both: only one can be formed.
      expect(ledger.reservations.totals().signedCollateral).to.equal(8_000n);
    });
  });

  describe('release', () => {
    it('gives the room back', async () => {
      acceptor.release(PEER, await reserve());
      expect(ledger.reservations.totals().count).to.equal(0);
    });

    it('lets nobody else release, and says nothing about it', async () => {
      acceptor.release('peer-2', await reserve());
      expect(ledger.reservations.totals().count).to.equal(1);
    });

    it('keeps what is signed', async () => {
      const id = await reserve();
      store(id);
      await sign(id);
      expect(() => acceptor.release(PEER, id))
        .to.throw()
        .with.property('code', 'release-signed');
      expect(ledger.reservations.find(id)?.state).to.equal('signed');
    });
  });
});
