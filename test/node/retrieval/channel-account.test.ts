import { expect } from 'chai';

import { systemClock } from '../../../node/core/clock.ts';
import { ChannelAccount, type Wanted } from '../../../node/retrieval/channel-account.ts';
import { Credit } from '../../../node/retrieval/credit.ts';
import { READ_BLOCK_BYTES } from '../../../node/transfer/limits.ts';
import { failureOf } from '../transfer/fixtures.ts';

const MEBIBYTE = 1_048_576;
/** Token wei for a MiB: four blocks. */
const PRICE = 4n;
const { signal } = new AbortController();

describe('the account of a channel', () => {
  let served: number[];
  const wanted: Wanted = {
    pricePerMiB: PRICE,
    paidOf: (bytes) => BigInt(bytes),
    onServed: (bytes) => served.push(bytes),
  };
  beforeEach(() => (served = []));

  it('lets whole blocks go down to the last that the deposit is enough for', async () => {
    const account = new ChannelAccount(
      { clock: systemClock, deposit: () => 3n },
      { channel: 7n, credit: new Credit(0n) },
    );
    expect(await account.take(MEBIBYTE, READ_BLOCK_BYTES, wanted, signal)).to.equal(3 * READ_BLOCK_BYTES);
    const refused = await failureOf(account.take(MEBIBYTE, READ_BLOCK_BYTES, wanted, signal));
    expect(refused.code).to.equal('retrieval-deposit-spent');
    expect(served).to.deep.equal([3 * READ_BLOCK_BYTES]);
  });

  it('serves nothing to who is gone already', async () => {
    const account = new ChannelAccount(
      { clock: systemClock, deposit: () => 3n },
      { channel: 7n, credit: new Credit(0n) },
    );
    const gone = AbortSignal.abort(new Error('gone'));
    const outcome = await account.take(READ_BLOCK_BYTES, READ_BLOCK_BYTES, wanted, gone).catch(String);
    expect(outcome).to.equal('Error: gone');
    expect([served.length, Number(account.credit.due)]).to.deep.equal([0, 0]);
  });
});
