import { expect } from 'chai';

import { runSequence } from '../../deep/model/driver/sequence.ts';
import { Tally } from '../../deep/model/driver/tally.ts';

const SEED = 'short';
const CHAINS = 2;
const STEPS = 750;

/** The long run is `npm run test:model`. */
describe('The market against a plain model of it', function () {
  this.timeout(300_000);

  it('does the same in random sequences of transactions', async () => {
    const tally = new Tally();
    for (let chain = 0; chain < CHAINS; chain += 1) {
      await runSequence({ seed: `${SEED}/${chain}`, steps: STEPS, compareEvery: 25 }, tally);
    }
    expect(tally.steps).to.equal(CHAINS * STEPS);
    expect(tally.succeeded).to.be.above(tally.steps / 2);
  });
});
