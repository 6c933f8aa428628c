import { expect } from 'chai';

import { UNIT_BYTES } from '../../../../node/core/units.ts';
import { StripeRing } from '../../../../node/pipeline/encode/stripe-ring.ts';
import { settle } from '../../support/unhandled.ts';

/** What a promise resolves with, as soon as it does. */
function outcomeOf<T>(promise: Promise<T>): { value: T | 'nothing yet' } {
  const outcome: { value: T | 'nothing yet' } = { value: 'nothing yet' };
  void promise.then((value) => (outcome.value = value));
  return outcome;
}

describe('stripe ring', () => {
  it('gives a slot again once every reader has left its stripe, and names those that have not', async () => {
    const ring = new StripeRing({ k: 2, n: 3 });
    for (const slot of [0, 1, 2]) {
      expect(await ring.acquire()).to.equal(slot);
      ring.publish(UNIT_BYTES);
    }
    // All slots are full, but nobody waits for one.
    expect(ring.heldUpBy()).to.deep.equal([]);

    const fourth = outcomeOf(ring.acquire());
    await settle();
    expect([fourth.value, ring.heldUpBy()]).to.deep.equal(['nothing yet', [0, 1, 2]]);
    ring.release(0, 1);
    ring.release(1, 2);
    await settle();
    expect([fourth.value, ring.heldUpBy()]).to.deep.equal(['nothing yet', [2]]);
    ring.release(2, 1);
    await settle();
    expect([fourth.value, ring.heldUpBy()]).to.deep.equal([0, []]);

    ring.publish(UNIT_BYTES);
    expect(ring.heldUpBy()).to.deep.equal([]);
    const fifth = outcomeOf(ring.acquire());
    await settle();
    expect([fifth.value, ring.heldUpBy()]).to.deep.equal(['nothing yet', [0, 2]]);
    ring.release(0, Infinity);
    ring.release(2, Infinity);
    await settle();
    expect([fifth.value, ring.heldUpBy(), ring.activeReaders]).to.deep.equal([1, [], 1]);
  });

  it('gives a reader what was published of its cell, and nothing after the last stripe', async () => {
    const ring = new StripeRing({ k: 2, n: 3 });
    const first = outcomeOf(ring.read(1, 0));
    await settle();
    expect(first.value).to.equal('nothing yet');
    ring.buffer.cell(await ring.acquire(), 1).fill(7);
    ring.publish(2 * UNIT_BYTES);
    await settle();
    expect(first.value).to.deep.equal(new Uint8Array(2 * UNIT_BYTES).fill(7));
    const [second, other] = [outcomeOf(ring.read(1, 1)), outcomeOf(ring.read(2, 1))];
    await settle();
    expect(second.value).to.equal('nothing yet');
    ring.close();
    await settle();
    expect([second.value, other.value]).to.deep.equal([undefined, undefined]);
    expect(await ring.read(0, 1)).to.equal(undefined);
    expect((await ring.read(0, 0))?.byteLength).to.equal(2 * UNIT_BYTES);
  });
});
