import { expect } from 'chai';

import { compareJoined, compareLeaves } from '../../deep/proofs/differential.ts';
import { judgeDraws } from '../../deep/proofs/draw-statistics.ts';
import { forgeProofs } from '../../deep/proofs/forgery-campaign.ts';
import { measurePadding } from '../../deep/proofs/self-padding.ts';

/** `npm run test:proofs` in small. */
describe('Proof campaign', function () {
  this.timeout(300_000);

  it('accepts no forged proof, and each honest one', async () => {
    const report = await forgeProofs(2);
    expect(report.tried).to.be.at.least(200);
    expect(report.accepted).to.equal(0);
    expect(report.strange).to.equal(0);
    expect(report.honest).to.equal(6);
    expect(report.kinds.get('shared node')?.tried).to.be.at.least(10);
  });

  it('judges joined proofs as a verifier that was written apart, to the last argument of the error', async () => {
    const { valid, differences } = await compareJoined(500);
    expect(differences).to.deep.equal([]);
    expect(valid).to.be.at.least(3);
  });

  it('judges single leaves as the node does', async () => {
    const { valid, differences } = await compareLeaves(500);
    expect(differences).to.deep.equal([]);
    expect(valid).to.be.at.least(100);
  });

  it('draws as chance would', async () => {
    const { draws, agreements, places, leaves } = await judgeDraws(4_000);
    expect(draws).to.be.at.least(4_000);
    for (const { p } of [agreements, places, leaves]) expect(p).to.be.within(0.001, 0.9999);
  });

  it('finds what padding hides with a targeted audit', async () => {
    const { padded, unpadded, audit } = await measurePadding(500, 2_000);
    expect(padded.measured).to.be.below(0.01);
    expect(unpadded.measured).to.be.within(0.09, 0.22);
    expect(audit.measured).to.be.within(0.14, 0.23);
    expect(audit.computed / padded.computed).to.be.above(100);
  });
});
