import { expect } from 'chai';

import type { AgreementRow } from '../../../node/chain/market-index.ts';
import { dueObjects, isJustOver } from '../../../node/client/renew.ts';
import type { StoredObject } from '../../../node/client/stored-object.ts';

const NOW = 100;

function row(id: bigint, end: number, over: Partial<AgreementRow> = {}): AgreementRow {
  const terms = { startPeriod: 50, periods: end - 50, pricePerUnitPeriod: 10n, status: 'active' };
  return { id, ...terms, ...over } as AgreementRow;
}

function object(state: StoredObject['state'], ...agreements: AgreementRow[]): StoredObject {
  return { objectKey: new Uint8Array(32), entry: undefined, agreements, state, endPeriod: undefined };
}

const ids = (rows: readonly AgreementRow[]): bigint[] => rows.map(({ id }) => id);

describe('what is due for renewal', () => {
  const rule = { within: 14, maxPricePerUnitPeriod: undefined };

  it('is what ends within so many periods, to the period, and runs', () => {
    const [due, ...others] = dueObjects(
      [object('live', row(1n, 114), row(2n, 115), row(3n, 101), row(4n, 101, { status: 'failed' }))],
      NOW,
      rule,
    );
    expect(others).to.deep.equal([]);
    expect(ids(due!.object.agreements)).to.deep.equal([1n, 3n]);
    expect(due!.endsIn).to.equal(1);
  });

  it('is nothing of objects that are leaving, over or forming', () => {
    for (const state of ['leaving', 'over', 'forming'] as const)
      expect(dueObjects([object(state, row(1n, 101))], NOW, rule)).to.deep.equal([]);
  });

  it('is what was kept until a moment ago and can still be had, unless it was removed', () => {
    const entry = { state: 'stored' } as StoredObject['entry'];
    const ended = (end: number, over: Partial<StoredObject> = {}): StoredObject => ({
      ...object('over', row(1n, end, { status: 'kept' }), row(2n, 90, { status: 'failed' })),
      entry,
      ...over,
    });
    expect([NOW, NOW - 1].map((end) => isJustOver(ended(end), NOW))).to.deep.equal([true, true]);
    expect(isJustOver(ended(NOW - 2), NOW)).to.equal(false);
    expect(isJustOver(ended(NOW, { entry: undefined }), NOW)).to.equal(false);
    expect(isJustOver(ended(NOW, { entry: { ...entry!, state: 'removed' } }), NOW)).to.equal(false);
    expect(isJustOver(object('over', row(1n, NOW, { status: 'failed' })), NOW)).to.equal(false);
  });

  it('comes with the most urgent first, and dear agreements apart', () => {
    const later = object('live', row(1n, 110));
    const soon = object('live', row(2n, 102, { pricePerUnitPeriod: 11n }), row(3n, 103));
    const due = dueObjects([later, soon], NOW, { within: 14, maxPricePerUnitPeriod: 10n });
    expect(due.map(({ endsIn }) => endsIn)).to.deep.equal([2, 10]);
    expect(ids(due[0]!.object.agreements)).to.deep.equal([3n]);
    expect(ids(due[0]!.tooDear)).to.deep.equal([2n]);
  });
});
