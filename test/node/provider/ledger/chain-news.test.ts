import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect } from 'chai';

import type { AnswerNews } from '../../../../node/provider/ledger/answer-book.ts';
import { Ledger } from '../../../../node/provider/ledger/ledger.ts';

const opened = (number: bigint, openedAt: number, deadline: number): AnswerNews => ({
  opened: { number, agreement: (7n << 32n) | number, openedAt, deadline },
});
const fee = { provider: 3, slash: 4, amount: 2n ** 80n };

describe('what the ledger keeps of the log', () => {
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

  it('remembers open audits over a restart, the most urgent first', () => {
    ledger.audits.rewrite(0n, [opened(9n, 10, 60), opened(10n, 12, 40), opened(11n, 13, 50)]);
    ledger.audits.rewrite(20n, [{ number: 11n, outcome: 'answered', block: 21n }]);
    reopen();
    expect(ledger.audits.open().map(({ number }) => number)).to.deep.equal([10n, 9n]);
    expect(ledger.audits.open()[0]).to.deep.equal({
      number: 10n,
      agreement: (7n << 32n) | 10n,
      openedAt: 12,
      deadline: 40,
    });
    expect(ledger.audits.counts()).to.deep.equal({ open: 2, answered: 1, failed: 0, voided: 0 });
  });

  it('takes back what blocks said that are read again and say it no more', () => {
    const ended: AnswerNews[] = [
      { number: 1n, outcome: 'answered', block: 30n },
      { number: 2n, outcome: 'failed', block: 31n },
    ];
    ledger.audits.rewrite(0n, [opened(1n, 10, 60), opened(2n, 29, 60), ...ended]);
    ledger.audits.rewrite(31n, []);
    expect(ledger.audits.counts()).to.deep.equal({ open: 1, answered: 1, failed: 0, voided: 0 });
    ledger.audits.rewrite(29n, [opened(2n, 29, 61)]);
    expect(ledger.audits.open().map(({ number, deadline }) => [number, deadline])).to.deep.equal([
      [1n, 60],
      [2n, 61],
    ]);
  });

  it('keeps report fees until they are paid', () => {
    ledger.reportFees.rewrite(0n, [{ ...fee, kind: 'owed', block: 5n }]);
    reopen();
    expect(ledger.reportFees.owed()).to.deep.equal([fee]);
    expect(ledger.reportFees.totals()).to.deep.equal({ owed: fee.amount, paid: 0n });
    ledger.reportFees.rewrite(8n, [{ ...fee, kind: 'paid', block: 9n }]);
    expect(ledger.reportFees.owed()).to.deep.equal([]);
    expect(ledger.reportFees.totals()).to.deep.equal({ owed: 0n, paid: fee.amount });
    ledger.reportFees.rewrite(9n, []);
    expect(ledger.reportFees.owed(), 'the payment was reorganised away').to.deep.equal([fee]);
    ledger.reportFees.rewrite(5n, []);
    expect(ledger.reportFees.totals()).to.deep.equal({ owed: 0n, paid: 0n });
  });

  it('keeps what is demanded apart from audits, whose numbers are the same', () => {
    ledger.audits.rewrite(0n, [opened(1n, 10, 60)]);
    ledger.demands.rewrite(0n, [opened(1n, 12, 70), opened(2n, 12, 70)]);
    ledger.audits.rewrite(10n, []);
    ledger.demands.rewrite(13n, [{ number: 2n, outcome: 'answered', block: 13n }]);
    reopen();
    expect([ledger.audits.counts(), ledger.demands.counts()]).to.deep.equal([
      { open: 0, answered: 0, failed: 0, voided: 0 },
      { open: 1, answered: 1, failed: 0, voided: 0 },
    ]);
  });

  for (const [version, unknown] of [
    [2, ['audits', 'report_fees', 'demands']],
    [7, ['demands']],
  ] as const) {
    it(`adds its tables to a database of version ${version}, and has the log read again from the start for what they are to hold`, () => {
      ledger.facts.set('next-block', '77');
      ledger.facts.set('provider', '7');
      ledger.close();
      const db = new DatabaseSync(join(folder, 'ledger.sqlite'));
      for (const table of unknown) db.exec(`DROP TABLE ${table}`);
      if (version === 7) db.exec('ALTER TABLE audits RENAME COLUMN number TO audit');
      db.exec(`PRAGMA user_version = ${version}`);
      db.close();
      ledger = new Ledger(join(folder, 'ledger.sqlite'));
      expect([ledger.facts.get('next-block'), ledger.facts.get('provider')]).to.deep.equal([undefined, '7']);
      ledger.audits.rewrite(0n, [opened(1n, 10, 60)]);
      ledger.demands.rewrite(0n, [opened(1n, 10, 60)]);
      ledger.facts.set('next-block', '78');
      reopen();
      expect([ledger.audits.open().length, ledger.demands.open().length]).to.deep.equal([1, 1]);
      expect(ledger.facts.get('next-block')).to.equal('78');
    });
  }
});
