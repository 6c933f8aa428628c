import { expect } from 'chai';

import { pickUnits } from '../../../node/client/pick-units.ts';

describe('picking units', () => {
  it('names each once, in order, none of those that are taken, and as many as are left', () => {
    expect(pickUnits(5, 9, [])).to.deep.equal([0, 1, 2, 3, 4]);
    expect(pickUnits(6, 9, [5, 0, 2, 2])).to.deep.equal([1, 3, 4]);
    expect(pickUnits(2, 1, [1, 0])).to.deep.equal([]);
    expect(pickUnits(2 ** 32 - 1, 16, [7])).to.have.lengthOf(16);
  });

  it('names every one that is left about as often', () => {
    const counts = new Map<number, number>();
    for (let i = 0; i < 4_000; i += 1)
      for (const unit of pickUnits(6, 2, [1, 4])) counts.set(unit, (counts.get(unit) ?? 0) + 1);
    expect([...counts.keys()]).to.have.members([0, 2, 3, 5]);
    // 2,000 expected of each, with a deviation of 32.
    for (const count of counts.values()) expect(count).to.be.within(1_700, 2_300);
  });
});
