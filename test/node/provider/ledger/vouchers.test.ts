import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect } from 'chai';

import type { SignedVoucher } from '../../../../node/market/messages.ts';
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
    expect(ledger.vouchers.all()).to.have.deep.members([voucher(7n, 9n, 'c'), wide]);
    ledger.vouchers.forget(7n);
    expect(ledger.vouchers.all()).to.deep.equal([wide]);
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
