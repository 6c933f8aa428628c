import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect } from 'chai';

import { Ledger } from '../../../../node/provider/ledger/ledger.ts';
import type { Holding } from '../../../../node/provider/ledger/holdings.ts';
import {
  agreementOf,
  client,
  NOW_S,
  OBJECT_KEY,
  openReservation,
  PEER,
  requestOf,
  ROOT,
} from '../../agreements/samples.ts';

const { id } = openReservation();
const stored = { root: ROOT, units: 16, expiresAt: NOW_S + 1_000 };
const holding: Holding = {
  id: (7n << 32n) | 2n,
  client: client.address,
  objectKey: OBJECT_KEY,
  shardIndex: 3,
  root: ROOT,
  units: 16,
  pricePerUnitPeriod: 2n ** 64n - 1n,
  startPeriod: 4,
  periods: 30,
  status: 'active',
  inheritedPeriods: 0,
  provenPeriods: 0,
  settledPeriods: 0,
};

describe('Ledger', () => {
  let folder: string;
  let ledger: Ledger;
  const reopen = (): void => {
    ledger.close();
    ledger = new Ledger(join(folder, 'ledger.sqlite'));
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stow-ledger-'));
    ledger = new Ledger(join(folder, 'ledger.sqlite'));
  });
  afterEach(() => {
    ledger.close();
    rmSync(folder, { recursive: true });
  });

  it('takes over the agreements of a database without handovers', () => {
    ledger.holdings.put(holding);
    ledger.close();
    const db = new DatabaseSync(join(folder, 'ledger.sqlite'));
    // As version 1 made it: another check, and no column for what was inherited.
    db.exec(`
      CREATE TABLE old (id TEXT PRIMARY KEY, client TEXT NOT NULL, object_key TEXT NOT NULL, shard_index INTEGER NOT NULL,
        root TEXT NOT NULL, units INTEGER NOT NULL, price TEXT NOT NULL, start_period INTEGER NOT NULL, periods INTEGER NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('active', 'kept', 'failed')), proven_periods INTEGER NOT NULL,
        settled_periods INTEGER NOT NULL, ended_period INTEGER) STRICT, WITHOUT ROWID;
      INSERT INTO old SELECT id, client, object_key, shard_index, root, units, price, start_period, periods, status,
        proven_periods, settled_periods, ended_period FROM agreements;
      DROP TABLE agreements;
      ALTER TABLE old RENAME TO agreements;
      CREATE INDEX agreements_by_root ON agreements (root);
      CREATE INDEX agreements_by_status ON agreements (status, ended_period);
      PRAGMA user_version = 1;
    `);
    db.close();
    ledger = new Ledger(join(folder, 'ledger.sqlite'));
    expect(ledger.holdings.get(holding.id)).to.deep.equal(holding);
    ledger.holdings.update(holding.id, { ...holding, status: 'handed-over', endedPeriod: 9 });
    reopen();
    expect(ledger.holdings.get(holding.id)?.status).to.equal('handed-over');
  });

  it('gives a reservation back as it was, after a restart too', () => {
    ledger.reservations.insert(openReservation());
    reopen();
    expect(ledger.reservations.find(id)).to.deep.equal(openReservation());
    expect(ledger.reservations.findSame(PEER, requestOf({ expiry: 1n }), 0)?.id).to.equal(id);
    expect(ledger.reservations.findSame(PEER, requestOf({ shardIndex: 1 }), 0)).to.equal(undefined);
  });

  it('is found by any run of its client until it is signed, and then by the run that it was signed for', () => {
    ledger.reservations.insert(openReservation());
    expect(ledger.reservations.findSame('peer-2', requestOf(), 0)?.id).to.equal(id);
    ledger.reservations.markStored(id, stored);
    expect(ledger.reservations.findSame('peer-2', requestOf(), 0)?.id).to.equal(id);
    ledger.reservations.markSigned(id, agreementOf());
    expect(ledger.reservations.findSame(PEER, requestOf(), 0)?.id).to.equal(id);
    expect(ledger.reservations.findSame('peer-2', requestOf(), 0)).to.equal(undefined);
  });

  it('belongs to another peer once it is rebound, and lives on once it is prolonged, never shorter', () => {
    ledger.reservations.insert(openReservation());
    ledger.reservations.rebind(id, 'peer-2');
    ledger.reservations.prolong(id, NOW_S + 10);
    expect(ledger.reservations.find(id)).to.include({ peer: 'peer-2', expiresAt: NOW_S + 900 });
    ledger.reservations.prolong(id, NOW_S + 2_000);
    expect(ledger.reservations.find(id)).to.include({ expiresAt: NOW_S + 2_000 });
  });

  it('knows which shard of whose object came for a reservation', () => {
    ledger.reservations.insert(openReservation());
    expect(ledger.reservations.holds(requestOf(), ROOT)).to.equal(false);
    ledger.reservations.markStored(id, stored);
    expect(ledger.reservations.holds(requestOf(), ROOT)).to.equal(true);
    expect(ledger.reservations.holds(requestOf({ shardIndex: 1 }), ROOT)).to.equal(false);
    expect(ledger.reservations.holds(requestOf({ objectKey: `0x${'cc'.repeat(32)}` }), ROOT)).to.equal(false);
    expect(ledger.reservations.holds(requestOf({ client: `0x${'33'.repeat(20)}` }), ROOT)).to.equal(false);
    expect(ledger.reservations.holds(requestOf(), `0x${'cc'.repeat(32)}`)).to.equal(false);
  });

  describe('shards of bids', () => {
    const request = requestOf({ askId: 0n, bidId: 9n });
    const bid = {
      root: ROOT,
      proof: [`0x${'01'.repeat(32)}`, `0x${'02'.repeat(32)}`],
      bidExpiry: NOW_S + 7_200,
    } as const;
    const agreement = agreementOf({ askId: 0n, bidId: 9n });

    it('keep their proof over a restart, and are found once they have arrived', () => {
      ledger.reservations.insert(openReservation({ request, bid: { ...bid } }));
      expect(ledger.reservations.ofBids()).to.deep.equal([]);
      ledger.reservations.markStored(id, stored);
      reopen();
      expect(ledger.reservations.ofBids()).to.deep.equal([
        { ...openReservation({ request, ...stored }), bid, state: 'stored' },
      ]);
      expect(ledger.reservations.findSame(PEER, request, 0)?.id).to.equal(id);
      expect(ledger.reservations.findSame(PEER, requestOf({ askId: 0n }), 0)).to.equal(undefined);
    });

    it('may be signed anew, as no two of their agreements can be formed; others not', () => {
      ledger.reservations.insert(openReservation({ request, bid: { ...bid, proof: [] } }));
      ledger.reservations.markStored(id, stored);
      ledger.reservations.markSigned(id, agreement);
      ledger.reservations.markSigned(id, { ...agreement, pricePerUnitPeriod: 7n });
      const [held] = ledger.reservations.ofBids();
      expect(held).to.deep.include({ state: 'signed', agreement: { ...agreement, pricePerUnitPeriod: 7n } });
      const other = openReservation({ id: 'f'.repeat(32) });
      ledger.reservations.insert(other);
      ledger.reservations.markStored(other.id, stored);
      ledger.reservations.markSigned(other.id, agreementOf());
      expect(() => ledger.reservations.markSigned(other.id, agreementOf())).to.throw(/was stored/);
    });

    it('have their columns in a database that knew no bids', () => {
      ledger.reservations.insert(openReservation());
      ledger.close();
      const db = new DatabaseSync(join(folder, 'ledger.sqlite'));
      for (const column of ['bid_id', 'bid_root', 'bid_proof', 'bid_expiry'])
        db.exec(`ALTER TABLE reservations DROP COLUMN ${column}`);
      db.exec('PRAGMA user_version = 3');
      db.close();
      ledger = new Ledger(join(folder, 'ledger.sqlite'));
      expect(ledger.reservations.find(id)).to.deep.equal(openReservation());
    });
  });

  it('keeps a signed agreement to the last digit', () => {
    ledger.reservations.insert(openReservation());
    ledger.reservations.markStored(id, stored);
    ledger.reservations.markSigned(id, agreementOf());
    reopen();
    const held = ledger.reservations.find(id);
    expect(held).to.deep.equal({ ...openReservation(stored), state: 'signed', ...stored, agreement: agreementOf() });
    expect(ledger.reservations.totals()).to.deep.equal({ count: 1, openUnits: 0, signedCollateral: 8_000n });
  });

  it('refuses to skip a state: nothing is signed that was not stored', () => {
    ledger.reservations.insert(openReservation());
    expect(() => ledger.reservations.markSigned(id, agreementOf())).to.throw('was stored');
    ledger.reservations.markStored(id, stored);
    expect(() => ledger.reservations.markStored(id, stored)).to.throw('was open');
  });

  it('counts room by the maximum until the shard has arrived', () => {
    ledger.reservations.insert(openReservation());
    expect(ledger.reservations.totals().openUnits).to.equal(17);
    ledger.reservations.markStored(id, stored);
    expect(ledger.reservations.totals().openUnits).to.equal(0);
  });

  it('lets only reservations without a signature lapse', () => {
    ledger.reservations.insert(openReservation({ expiresAt: 100 }));
    expect(ledger.reservations.lapsed(100)).to.deep.equal([]);
    expect(ledger.reservations.lapsed(101).map((held) => held.id)).to.deep.equal([id]);
    ledger.reservations.markStored(id, { ...stored, expiresAt: 100 });
    ledger.reservations.markSigned(id, agreementOf());
    expect(ledger.reservations.lapsed(101)).to.deep.equal([]);
  });

  it('remembers in which period a deadline was first seen to have passed', () => {
    ledger.reservations.insert(openReservation());
    ledger.reservations.markStored(id, stored);
    ledger.reservations.markSigned(id, agreementOf());
    expect(ledger.reservations.overdue(NOW_S + 600, 5)).to.deep.equal([]);
    expect(ledger.reservations.overdue(NOW_S + 601, 5).map((held) => held.overduePeriod)).to.deep.equal([5]);
    reopen();
    expect(ledger.reservations.overdue(NOW_S + 900, 8).map((held) => held.overduePeriod)).to.deep.equal([5]);
  });

  it('forgets a promise that an agreement on chain fulfils, and no other', () => {
    ledger.reservations.insert(openReservation());
    ledger.reservations.markStored(id, stored);
    expect(ledger.reservations.promises(ROOT)).to.equal(false);
    ledger.reservations.markSigned(id, agreementOf());
    expect(ledger.reservations.promises(ROOT)).to.equal(true);
    ledger.reservations.fulfil(agreementOf({ nonce: 1n }));
    expect(ledger.reservations.find(id)).to.not.equal(undefined);
    ledger.reservations.fulfil(agreementOf());
    expect(ledger.reservations.find(id)).to.equal(undefined);
  });

  it('needs a shard while an agreement over it lives, and one period on', () => {
    ledger.holdings.put(holding);
    expect(ledger.holdings.get(holding.id)).to.deep.equal(holding);
    expect(ledger.holdings.needs(ROOT, 99)).to.equal(true);
    expect(ledger.holdings.isActive(ROOT)).to.equal(true);
    expect(ledger.holdings.isActive(holding.objectKey)).to.equal(false);
    expect(ledger.holdings.activeRoots()).to.deep.equal([ROOT]);
    expect(ledger.holdings.serves({ client: client.address }, ROOT, 99)).to.equal(true);
    expect(ledger.holdings.serves(holding, ROOT, 99)).to.equal(true);
    expect(ledger.holdings.serves({ ...holding, shardIndex: holding.shardIndex + 1 }, ROOT, 99)).to.equal(false);
    expect(ledger.holdings.serves({ ...holding, objectKey: ROOT }, ROOT, 99)).to.equal(false);
    expect(
      ledger.holdings.serves({ ...holding, client: '0x0000000000000000000000000000000000000001' }, ROOT, 99),
    ).to.equal(false);
    const served = [{ client: client.address, objectKey: holding.objectKey }];
    expect(ledger.holdings.servedObjects(ROOT, 99)).to.deep.equal(served);
    expect(ledger.holdings.servedObjects(holding.objectKey, 99)).to.deep.equal([]);
    ledger.holdings.update(holding.id, {
      periods: 30,
      status: 'kept',
      provenPeriods: 30,
      settledPeriods: 30,
      endedPeriod: 40,
    });
    expect(ledger.holdings.serves({ client: client.address }, ROOT, 40)).to.equal(true);
    expect(ledger.holdings.serves({ client: client.address }, ROOT, 41)).to.equal(false);
    expect(ledger.holdings.serves(holding, ROOT, 40)).to.equal(true);
    expect(ledger.holdings.serves(holding, ROOT, 41)).to.equal(false);
    expect(ledger.holdings.servedObjects(ROOT, 40)).to.deep.equal(served);
    expect(ledger.holdings.servedObjects(ROOT, 41)).to.deep.equal([]);
    expect(ledger.holdings.isActive(ROOT)).to.equal(false);
    expect(ledger.holdings.activeRoots()).to.deep.equal([]);
    expect(ledger.holdings.needs(ROOT, 40)).to.equal(true);
    expect(ledger.holdings.needs(ROOT, 41)).to.equal(false);
  });

  it('undoes a transaction that fails midway', () => {
    const work = (): void => {
      ledger.facts.set('next-block', '10');
      ledger.holdings.put(holding);
      throw new Error('midway');
    };
    expect(() => ledger.transaction(work)).to.throw('midway');
    expect(ledger.facts.get('next-block')).to.equal(undefined);
    expect(ledger.holdings.all()).to.deep.equal([]);
  });

  it('is readable by its owner only, and refuses what is no ledger or a later one', () => {
    expect(statSync(join(folder, 'ledger.sqlite')).mode & 0o777).to.equal(0o600);
    expect(() => new Ledger(folder))
      .to.throw()
      .with.property('code', 'ledger-unusable');
  });
});
