import { expect } from 'chai';

import { MAX_LOST_SHARDS, REPAIR_RETRY_MAX_BLOCKS } from '../../../../node/provider/limits.ts';
import { LostShards, OVER } from '../../../../node/provider/repair/lost-shards.ts';

const CLIENT = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';

describe('lost shards that are kept in mind', () => {
  let shards: LostShards;
  beforeEach(() => (shards = new LostShards()));

  it('are looked at at once, then when they say so, the longest waiting first', () => {
    shards.add([1n, 2n, 3n], 10n);
    expect(shards.due(10n, 2)).to.deep.equal([1n, 2n]);
    shards.settle(1n, { kind: 'later', blocks: 5n }, 10n);
    expect(shards.due(12n, 9)).to.deep.equal([2n, 3n]);
    expect(shards.due(15n, 9)).to.deep.equal([2n, 3n, 1n]);
  });

  it('are not looked at again once they are over, though the log names them again', () => {
    shards.add([1n], 10n);
    shards.settle(1n, OVER, 10n);
    shards.add([1n], 11n);
    expect(shards.due(99n, 9)).to.deep.equal([]);
  });

  it('wait for their client to pay, or for somebody to post', () => {
    shards.add([1n, 2n], 10n);
    for (const id of [1n, 2n]) shards.settle(id, { kind: 'unpaid', client: CLIENT }, 10n);
    expect(shards.due(99n, 9)).to.deep.equal([]);
    shards.wake(['0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'], 20n);
    expect(shards.due(99n, 9)).to.deep.equal([]);
    shards.add([2n], 20n);
    expect(shards.due(20n, 9)).to.deep.equal([2n]);
    shards.wake([CLIENT.toLowerCase() as typeof CLIENT], 30n);
    expect(shards.due(30n, 9)).to.deep.equal([2n, 1n]);
  });

  it('wait longer with each failure, up to a bound', () => {
    shards.add([1n], 10n);
    expect([1, 2, 3].map(() => shards.failed(1n, 10n))).to.deep.equal([1, 2, 3]);
    expect([shards.due(13n, 9), shards.due(14n, 9)]).to.deep.equal([[], [1n]]);
    for (let time = 0; time < 20; time++) shards.failed(1n, 10n);
    expect(shards.due(10n + BigInt(REPAIR_RETRY_MAX_BLOCKS), 9)).to.deep.equal([1n]);
  });

  it('are as many as fit, the newest', () => {
    shards.add(
      Array.from({ length: MAX_LOST_SHARDS + 1 }, (_, index) => BigInt(index)),
      10n,
    );
    const due = shards.due(10n, MAX_LOST_SHARDS + 9);
    expect(due).to.have.lengthOf(MAX_LOST_SHARDS).and.not.to.include(0n);
  });
});
