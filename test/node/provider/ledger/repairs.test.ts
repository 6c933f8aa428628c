import { expect } from 'chai';

import { Ledger } from '../../../../node/provider/ledger/ledger.ts';
import { client, OBJECT_KEY, ROOT } from '../../agreements/samples.ts';

const OTHER_ROOT = `0x${'cc'.repeat(32)}` as const;

describe('shards that are rebuilt, in the ledger', () => {
  let ledger: Ledger;
  beforeEach(() => (ledger = new Ledger(':memory:')));
  afterEach(() => ledger.close());

  const answer = (lost: bigint, root: `0x${string}` = ROOT) => ({
    lost,
    bidId: 4n,
    client: client.address,
    objectKey: OBJECT_KEY,
    shardIndex: 2,
    root,
    units: 5,
    collateral: 70n,
    deadline: 1_000,
  });

  it('take room until they are here, and stake until their agreement locks it', () => {
    const totals = () => ledger.reservations.totals();
    ledger.repairs.answer(answer(1n));
    expect(totals()).to.include({ openUnits: 5, signedCollateral: 70n });
    ledger.repairs.formed(1n, 9n);
    expect(totals()).to.include({ openUnits: 5, signedCollateral: 0n });
    expect(ledger.repairs.get(1n)).to.include({ state: 'formed', agreement: 9n, root: ROOT });
    ledger.repairs.end(1n, 'stored');
    expect(totals()).to.include({ openUnits: 0, signedCollateral: 0n });
    expect(ledger.repairs.open()).to.deep.equal([]);
    expect(ledger.repairs.totals()).to.deep.equal({ answered: 0, formed: 0, stored: 1, failed: 0 });
  });

  it('are one for each lost agreement: a later answer takes the place of an earlier one', () => {
    ledger.repairs.answer(answer(1n));
    ledger.repairs.answer({ ...answer(1n), collateral: 80n, deadline: 1_100 });
    expect(ledger.reservations.totals()).to.include({ openUnits: 5, signedCollateral: 80n });
    expect(ledger.repairs.open()).to.have.lengthOf(1);
    expect(() => ledger.repairs.formed(2n, 9n)).to.throw('repair of 2 is known');
  });

  it('are known by their root as long as they are on their way', () => {
    ledger.repairs.answer(answer(1n));
    expect(ledger.repairs.isRebuilding(ROOT)).to.equal(true);
    expect(ledger.repairs.isRebuilding(OTHER_ROOT)).to.equal(false);
    ledger.repairs.end(1n, 'failed');
    expect(ledger.repairs.isRebuilding(ROOT)).to.equal(false);
  });
});
