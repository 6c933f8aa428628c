import { expect } from 'chai';

import { extendAgreements, planExtension, requireExtendable, type ExtendRequest } from '../../../node/client/extend.ts';
import type { StoredObject } from '../../../node/client/stored-object.ts';
import type { AgreementRow } from '../../../node/chain/market-index.ts';
import { StowError } from '../../../node/core/errors.ts';
import type { Ask } from '../../../node/market/messages.ts';
import { agreementRow, keyOf } from './support/rows.ts';
import { expectError } from './support/expect-error.ts';

const request: ExtendRequest = { periods: 7, deposit: 10_000n, time: 1_000, period: 20 };
const terms = { burnBps: 200n, holdbackBps: 2_000n, minValue: 1n };

/** Collateral of 6 periods of rent, as the ask wants. */
function row(shardIndex: number, over: Partial<AgreementRow> = {}): AgreementRow {
  return agreementRow(keyOf(1), shardIndex, { collateral: 90n, ...over });
}

function objectOf(...agreements: AgreementRow[]): StoredObject {
  return { objectKey: keyOf(1), agreements, endPeriod: 100 } as unknown as StoredObject;
}

describe('extending agreements', () => {
  const ask: Ask = {
    provider: 1,
    pricePerUnitPeriod: 5n,
    unitsLeft: 1,
    minUnits: 1,
    maxUnits: 100,
    expiry: 2_000,
    collateralPeriods: 6,
    minPeriods: 1,
    maxPeriods: 10,
    region: 0,
    minClientDeposit: 0n,
    retrievalPricePerMiB: 0n,
    premiumBps: 0,
    ceiling: 0n,
  };

  it('takes the consent of any fitting ask, whatever room is left in it, and prices the rest', () => {
    const asks = [
      { askId: 8n, ask: { ...ask, pricePerUnitPeriod: 6n } },
      { askId: 9n, ask },
    ];
    const plan = planExtension(
      { asksOf: (provider) => asks.map((entry) => ({ ...entry, ask: { ...entry.ask, provider } })), terms },
      objectOf(row(0), row(1), row(2, { status: 'kept' })),
      request,
    );
    expect(plan.extensions.map(({ row: { id }, askId }) => [id, askId])).to.deep.equal([
      [row(0).id, 9n],
      [row(1).id, 9n],
    ]);
    // 2 shards of 3 units at 5 wei for 7 periods, and 2% of that, rounded up.
    expect(plan.quote).to.include({ rent: 210n, burn: 5n, total: 215n });
    requireExtendable(plan, 215n);
  });

  it('says what stands against each, and how much is missing', async () => {
    const components = {
      asksOf: (provider: number) =>
        provider === 1 ? [] : [{ askId: 9n, ask: { ...ask, provider, pricePerUnitPeriod: 6n } }],
      terms,
    };
    const plan = planExtension(components, objectOf(row(0), row(1), row(2, { periods: 5 })), request);
    expect(plan.refused.map(({ reason }) => reason)).to.deep.equal([
      'provider 1 has no ask any more',
      plan.refused[1]?.reason,
      'its term is over',
    ]);
    expect(plan.refused[1]?.reason).to.match(/^ask 9: /);
    const nothing = await expectError((async () => requireExtendable(plan, 1n))(), 'nothing-to-extend');
    expect(nothing.message).to.contain('provider 1 has no ask any more');
    const one = planExtension(
      { asksOf: (provider) => [{ askId: 9n, ask: { ...ask, provider } }], terms },
      objectOf(row(0)),
      request,
    );
    const short = await expectError((async () => requireExtendable(one, 100n))(), 'escrow-short');
    expect(short.message).to.contain('are missing');
  });

  it('goes on after one that fails, and stops when told', async () => {
    const plan = planExtension(
      { asksOf: (provider) => [{ askId: 9n, ask: { ...ask, provider } }], terms },
      objectOf(row(0), row(1), row(2)),
      request,
    );
    const controller = new AbortController();
    const { signal } = controller;
    let calls = 0;
    const topUp = async (): Promise<void> => {
      calls += 1;
      if (calls === 1) throw new StowError({ code: 'chain-error', message: 'no' });
      controller.abort();
    };
    const result = await extendAgreements({ topUp }, plan, 7, { signal });
    expect(result.failed.map(({ id }) => id)).to.deep.equal([row(0).id]);
    expect(result.extended).to.deep.equal([row(1).id]);
    expect(result.untried).to.deep.equal([row(2).id]);
  });
});
