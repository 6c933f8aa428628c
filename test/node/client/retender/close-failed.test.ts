import { expect } from 'chai';

import { closeFailed } from '../../../../node/client/retender/close-failed.ts';
import type { ProviderRow } from '../../../../node/chain/market-index.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { agreementRow, keyOf } from '../support/rows.ts';

const NOW = 30;
const signal = new AbortController().signal;

/** Providers 1 to 5 by their last proof; the chain refuses to end agreements with these codes, by agreement's shard. */
async function close(refusals: Readonly<Record<number, string>>, failed: readonly number[] = []) {
  const rows = [0, 1, 2, 3, 4].map((index) => agreementRow(keyOf(1), index));
  const lastProven = [NOW, NOW - 1, NOW - 2, undefined, NOW];
  const providers = new Map(
    rows.map(({ provider }, at) => [
      provider,
      { id: provider, lastProvenPeriod: lastProven[at], failed: failed.includes(provider) } as ProviderRow,
    ]),
  );
  const asked: number[] = [];
  const end = async (id: bigint): Promise<void> => {
    const index = rows.findIndex((row) => row.id === id);
    asked.push(index);
    const code = refusals[index];
    if (code !== undefined) throw new StowError({ code, message: `refused: ${code}` });
  };
  const result = await closeFailed({ end, index: { providers: async () => providers } }, rows, NOW, { signal });
  const indices = result.closed.map((id) => rows.findIndex((row) => row.id === id));
  return { asked, closed: indices, failed: result.failed.map(({ row, reason }) => [row.shardIndex, reason]) };
}

describe('closing what failed', () => {
  it('asks the chain about everybody that has not proven lately, and about those that are known to have failed', async () => {
    expect((await close({}, [5])).asked).to.deep.equal([2, 3, 4]);
  });

  it('leaves open what may come back, counts what others closed, and tells what was refused for other reasons', async () => {
    const { closed, failed } = await close({
      2: 'agreements-not-over',
      3: 'agreements-not-active',
    });
    expect(closed).to.deep.equal([3]);
    expect(failed).to.deep.equal([]);
    expect((await close({ 2: 'gas-funds' })).failed).to.deep.equal([[2, 'refused: gas-funds']]);
  });

  it('does not touch what ends by its term, nor what has just begun', async () => {
    const asked: bigint[] = [];
    const rows = [
      agreementRow(keyOf(1), 0, { startPeriod: 10, periods: NOW - 10 }),
      agreementRow(keyOf(1), 1, { startPeriod: NOW }),
      agreementRow(keyOf(1), 2, { status: 'kept' }),
    ];
    const end = async (id: bigint): Promise<void> => void asked.push(id);
    await closeFailed({ end, index: { providers: async () => new Map() } }, rows, NOW, { signal });
    expect(asked).to.deep.equal([]);
  });
});
