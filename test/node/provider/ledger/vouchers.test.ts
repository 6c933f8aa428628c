import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect } from 'chai';

import type { SignedVoucher } from '../../../../node/market/messages.ts';
import type { PaidChannel } from '../../../../node/provider/ledger/channels.ts';
import { Ledger } from '../../../../node/provider/ledger/ledger.ts';

const voucher = (channel: bigint, amount: bigint, digit = 'a'): SignedVoucher => ({
  voucher: { channel, amount, readBytes: amount * 3n, firstByteMs: 85, kibPerSecond: 14 },
  signature: `0x${digit.repeat(130)}`,
});

describe('vouchers in the ledger', () => {
  let folder: string;
  let ledger: Ledger;
  const path = (): string => join(folder, 'ledger.sqlite');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stow-vouchers-'));
    ledger = new Ledger(path());
  });
  afterEach(() => {
    ledger.close();
    rmSync(folder, { recursive: true });
  });

  it('keeps the highest of each channel, in whatever order they come, over a restart', () => {
    const wide = voucher(2n ** 64n - 1n, 2n ** 96n - 1n, 'b');
    ledger.vouchers.keep([voucher(7n, 5n), voucher(7n, 9n, 'c'), voucher(7n, 8n), wide]);
    ledger.vouchers.keep([voucher(7n, 9n, 'd'), voucher(7n, 1n)]);
    ledger.close();
    ledger = new Ledger(path());
    expect(ledger.vouchers.get(7n)).to.deep.equal(voucher(7n, 9n, 'c'));
    expect(ledger.vouchers.get(2n ** 64n - 1n)).to.deep.equal(wide);
    expect(ledger.vouchers.get(8n)).to.equal(undefined);
  });

  it('finds those that promise more than was redeemed, compared as numbers, with their channels', () => {
    const channel = (number: bigint, redeemed: bigint, closed = false): PaidChannel => ({
      channel: number,
      client: '0x00000000000000000000000000000000000000c1',
      deposit: 2n ** 96n,
      redeemed,
      expiry: 5_000,
      closesAt: undefined,
      closed,
    });
    ledger.vouchers.keep([
      voucher(10n, 100n),
      voucher(9n, 2n ** 90n),
      voucher(3n, 9n),
      voucher(4n, 9n),
      voucher(5n, 1n),
    ]);
    const rows = [
      channel(10n, 99n),
      channel(9n, 2n ** 90n - 7n, true),
      channel(3n, 10n),
      channel(4n, 9n),
      channel(6n, 0n),
    ];
    for (const row of rows) ledger.channels.put(row);
    expect(ledger.vouchers.pending()).to.deep.equal([
      { channel: rows[1], signed: voucher(9n, 2n ** 90n), amount: 7n },
      { channel: rows[0], signed: voucher(10n, 100n), amount: 1n },
    ]);
  });

  it('is made in a database that knew none', () => {
    ledger.close();
    const db = new DatabaseSync(path());
    db.exec('DROP TABLE vouchers; PRAGMA user_version = 5;');
    db.close();
    ledger = new Ledger(path());
    ledger.vouchers.keep([voucher(1n, 1n)]);
    expect(ledger.vouchers.get(1n)).to.deep.equal(voucher(1n, 1n));
  });
});
