import { expect } from 'chai';

import { RepeatedReads } from '../../../node/provider/repeated-reads.ts';

describe('repeated reads', () => {
  it('says so from the third read of the same range on', () => {
    const reads = new RepeatedReads();
    expect([1, 2, 3, 4].map(() => reads.note('aa', 0, 16))).to.deep.equal([false, false, true, true]);
    expect(reads.note('aa', 16, 16)).to.equal(false);
    expect(reads.note('bb', 0, 16)).to.equal(false);
  });

  it('forgets what was not read for long', () => {
    const reads = new RepeatedReads();
    for (let time = 0; time < 3; time++) for (const root of ['old', 'kept']) reads.note(root, 0, 16);
    for (let from = 0; from < 9_000; from++) {
      reads.note('others', from, 1);
      if (from % 1_000 === 0) reads.note('kept', 0, 16);
    }
    expect(reads.note('kept', 0, 16)).to.equal(true);
    expect(reads.note('old', 0, 16)).to.equal(false);
  });
});
