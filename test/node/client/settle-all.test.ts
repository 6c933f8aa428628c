import { expect } from 'chai';

import type { ProviderRow } from '../../../node/chain/market-index.ts';
import { settleAll, type SettleComponents } from '../../../node/client/settle-all.ts';
import { StowError } from '../../../node/core/errors.ts';
import type { AgreementId } from '../../../node/market/messages.ts';
import { agreementRow, keyOf } from './support/rows.ts';

describe('settling all agreements', () => {
  const signal = new AbortController().signal;
  /** Running, over, of a failed provider, settled already, ended long ago. */
  const rows = [
    agreementRow(keyOf(1), 0),
    agreementRow(keyOf(1), 1, { periods: 5 }),
    agreementRow(keyOf(1), 2),
    agreementRow(keyOf(1), 3, { settledTo: 20 }),
    agreementRow(keyOf(1), 4, { status: 'kept' }),
  ];
  const ids = rows.map(({ id }) => id);

  function components(
    over: Partial<SettleComponents> = {},
  ): SettleComponents & { settled: AgreementId[]; ended: AgreementId[] } {
    const settled: AgreementId[] = [];
    const ended: AgreementId[] = [];
    return {
      settled,
      ended,
      settle: async (list) => void settled.push(...list),
      end: async (id) => void ended.push(id),
      index: { providers: async () => new Map([[3, { id: 3, failed: true } as ProviderRow]]) },
      ...over,
    };
  }

  it('closes what is over or failed, settles what has periods due, leaves the rest', async () => {
    const calls = components();
    const result = await settleAll(calls, rows, 20, { signal });
    expect(calls.ended).to.deep.equal([ids[1], ids[2]]);
    expect(calls.settled).to.deep.equal([ids[0]]);
    expect(result).to.deep.equal({ settled: [ids[0]], ended: [ids[1], ids[2]], failed: [] });
  });

  it('goes on after one that cannot be closed, and takes one that somebody else closed for done', async () => {
    const codes = ['chain-error', 'agreements-not-active'];
    const end = async (): Promise<void> => {
      throw new StowError({ code: codes.shift() ?? '', message: 'no' });
    };
    const calls = components({ end });
    const result = await settleAll(calls, rows, 20, { signal });
    expect(result.failed.map(({ id }) => id)).to.deep.equal([ids[1]]);
    expect(calls.settled).to.deep.equal([ids[0]]);
  });
});
