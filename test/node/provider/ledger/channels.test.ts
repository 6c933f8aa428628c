import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { PaidChannel } from '../../../../node/provider/ledger/channels.ts';
import type { Holding } from '../../../../node/provider/ledger/holdings.ts';
import { Ledger } from '../../../../node/provider/ledger/ledger.ts';

const CLIENT = '0x00000000000000000000000000000000000000c1';
const ROOT = `0x${'ab'.repeat(32)}` as const;

const channel = (number: bigint, over: Partial<PaidChannel> = {}): PaidChannel => ({
  channel: number,
  client: CLIENT,
  deposit: 2n ** 96n - 1n,
  redeemed: 7n,
  expiry: 2_000_000_000,
  closesAt: undefined,
  closed: false,
  ...over,
});

const holding = (id: bigint, over: Partial<Holding> = {}): Holding => ({
  id,
  client: CLIENT,
  objectKey: ROOT,
  shardIndex: 0,
  root: ROOT,
  units: 2,
  pricePerUnitPeriod: 3n,
  startPeriod: 5,
  periods: 9,
  status: 'active',
  provenPeriods: 0,
  settledPeriods: 0,
  inheritedPeriods: 0,
  ...over,
});

describe('channels in the ledger', () => {
  let folder: string;
  let ledger: Ledger;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stow-channels-'));
    ledger = new Ledger(join(folder, 'ledger.sqlite'));
  });
  afterEach(() => {
    ledger.close();
    rmSync(folder, { recursive: true });
  });

  function restart(): void {
    ledger.close();
    ledger = new Ledger(join(folder, 'ledger.sqlite'));
  }

  it('are there again after a restart, by number, as they were put last', () => {
    const last = 2n ** 64n - 1n;
    for (const row of [channel(last), channel(10n), channel(9n)]) ledger.channels.put(row);
    ledger.channels.put(channel(10n, { closesAt: 1_999, closed: true }));
    restart();
    expect(ledger.channels.get(10n)).to.deep.equal(channel(10n, { closesAt: 1_999, closed: true }));
    expect(ledger.channels.get(11n)).to.equal(undefined);
    expect(ledger.channels.all().map((row) => row.channel)).to.deep.equal([9n, 10n, last]);
  });

  it('remember to whose end the provider agreed', () => {
    ledger.channels.keepConsent(4n, 1_000);
    ledger.channels.keepConsent(4n, 1_500);
    restart();
    expect([ledger.channels.consentUntil(4n), ledger.channels.consentUntil(5n)]).to.deep.equal([1_500, undefined]);
  });

  it('know what reads cost at most: the least of the agreements that still let a shard be read', () => {
    const put = (id: bigint, price: bigint, over: Partial<Holding> = {}): void => {
      ledger.holdings.put(holding(id, over));
      ledger.readCeilings.put(id, price);
    };
    put(1n, 50n);
    put(2n, 2n ** 64n - 1n);
    put(3n, 5n, { status: 'kept', endedPeriod: 8 });
    restart();
    expect(ledger.readCeilings.ofRoot(ROOT, 8)).to.equal(5n);
    expect(ledger.readCeilings.ofRoot(ROOT, 9)).to.equal(50n);
    expect(ledger.readCeilings.ofRoot(`0x${'cd'.repeat(32)}`, 0)).to.equal(undefined);
    // One that a ledger of before took in names none.
    ledger.holdings.put(holding(4n, { root: `0x${'ef'.repeat(32)}` }));
    expect(ledger.readCeilings.ofRoot(`0x${'ef'.repeat(32)}`, 0)).to.equal(undefined);
  });
});
