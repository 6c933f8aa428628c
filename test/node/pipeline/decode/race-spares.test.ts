import { expect } from 'chai';

import { ReaderSet, type ShardReader } from '../../../../node/pipeline/decode/reader-set.ts';
import { settle } from '../../support/unhandled.ts';
import { asked, HandRace, HandReader, LATE_MS, UNITS } from './hand-race.ts';

describe('whoever is raced', () => {
  it('takes the first that are done, though picked and racing ones are mixed', async () => {
    const race = new HandRace(4);
    const [spare, other] = [new HandReader(7), new HandReader(8)];
    race.spares = [spare, other];
    const window = race.fetch();
    await settle();
    race.readers[0]!.give();
    race.readers[1]!.give();
    await race.clock.advance(LATE_MS);
    // The first racer stands for the third, of whom it was asked; but it is the fourth that never comes.
    race.readers[2]!.give();
    await settle();
    expect(window.from).to.equal(undefined);
    spare.give();
    await settle();
    expect(window.from).to.have.members([0, 1, 2, 7]);
    expect(window.fetched!.units.size).to.equal(4);
  });

  it('looks for another racer when one fails, and for none when none is left', async () => {
    const race = new HandRace(2);
    const spare = new HandReader(7);
    race.spares = [new Error('no route'), spare];
    const window = race.fetch();
    await settle();
    race.readers[0]!.give();
    await race.clock.advance(LATE_MS);
    // Who cannot be opened is no loss, and no reason to ask at once again.
    expect([race.opened, window.error]).to.deep.equal([1, undefined]);
    await race.clock.advance(10 * LATE_MS);
    expect(race.opened).to.equal(1);
    race.readers[1]!.give();
    await settle();
    expect(window.from).to.deep.equal([0, 1]);

    const second = race.fetch();
    await settle();
    race.readers[0]!.give();
    await race.clock.advance(LATE_MS);
    expect(asked(spare)).to.deep.equal([1]);
    const last = new HandReader(8);
    race.spares = [last];
    const reason = new Error('hung up');
    spare.fail(reason);
    await settle();
    expect(race.failed).to.deep.equal([[7, reason]]);
    expect(asked(last)).to.deep.equal([1]);
    last.fail(reason);
    await settle();
    expect([race.opened, second.from]).to.deep.equal([4, undefined]);
    race.readers[1]!.give();
    await settle();
    expect(second.from).to.deep.equal([0, 1]);
  });

  it('goes on with a racer when the one it stood for fails', async () => {
    const race = new HandRace(2);
    const [spare, other] = [new HandReader(7), new HandReader(8)];
    race.spares = [spare, other];
    const window = race.fetch();
    await settle();
    race.readers[0]!.give();
    await race.clock.advance(LATE_MS);
    race.readers[1]!.fail(new Error('hung up'));
    await settle();
    // The racer is open, and is picked in its place.
    expect([asked(spare, other), race.opened]).to.deep.equal([[1, 0], 1]);
    spare.give();
    await settle();
    expect(window.from).to.deep.equal([0, 7]);
  });

  it('does not race who waits for something else, but who does not', async () => {
    const race = new HandRace(4);
    const [, , third, fourth] = race.readers as [HandReader, HandReader, HandReader, HandReader];
    third.heldUp = true;
    const spare = new HandReader(7);
    race.spares = [spare];
    const window = race.fetch();
    await settle();
    race.readers[0]!.give();
    race.readers[1]!.give();
    await race.clock.advance(LATE_MS);
    expect(asked(spare)).to.deep.equal([1]);
    // Whoever is left waits for something else.
    expect(race.opened).to.equal(1);
    spare.give();
    third.give();
    await settle();
    expect(window.from).to.deep.equal([0, 1, 2, 7]);
    expect(asked(fourth)).to.deep.equal([1]);
  });

  it('asks nobody who is opened for one that has come to wait for something else', async () => {
    const race = new HandRace(2);
    const opening = Promise.withResolvers<HandReader>();
    const spare = new HandReader(7);
    race.spares = [opening.promise];
    const window = race.fetch();
    await settle();
    race.readers[0]!.give();
    await race.clock.advance(LATE_MS);
    expect(race.opened).to.equal(1);
    race.readers[1]!.heldUp = true;
    opening.resolve(spare);
    await race.clock.advance(LATE_MS);
    expect(asked(spare)).to.deep.equal([0]);
    race.readers[1]!.heldUp = false;
    await race.clock.advance(LATE_MS);
    expect([asked(spare), race.opened]).to.deep.equal([[1], 1]);
    spare.give();
    await settle();
    expect(window.from).to.deep.equal([0, 7]);
  });

  it('looks for one racer at a time, also when one fails meanwhile', async () => {
    const race = new HandRace(4);
    const opening = Promise.withResolvers<HandReader>();
    const [spare, other] = [new HandReader(7), new HandReader(8)];
    race.spares = [spare, opening.promise, new HandReader(6)];
    race.fetch();
    await settle();
    race.readers[0]!.give();
    race.readers[1]!.give();
    await race.clock.advance(LATE_MS);
    expect([asked(spare), race.opened]).to.deep.equal([[1], 2]);
    spare.fail(new Error('hung up'));
    await settle();
    expect(race.opened).to.equal(2);
    opening.resolve(other);
    await settle();
    expect([asked(other), race.opened]).to.deep.equal([[1], 3]);
  });

  it('waits for no time to come once all that are late are raced, nor when it is over', async () => {
    const race = new HandRace(2);
    race.spares = [new HandReader(7)];
    const window = race.fetch();
    await settle();
    expect(race.clock.sleepers).to.equal(0);
    race.readers[0]!.give();
    await settle();
    expect(race.clock.sleepers).to.equal(1);
    await race.clock.advance(LATE_MS);
    expect(race.clock.sleepers).to.equal(0);
    race.readers[1]!.give();
    await settle();
    expect(window.from).to.deep.equal([0, 1]);
    race.fetch();
    await settle();
    race.readers[0]!.give();
    await settle();
    expect(race.clock.sleepers).to.equal(1);
    race.readers[1]!.give();
    await settle();
    expect(race.clock.sleepers).to.equal(0);
  });

  it('makes another replica the one that is read when it was faster', async () => {
    const race = new HandRace(1);
    const spare = new HandReader(7);
    race.spares = [spare];
    const window = race.fetch();
    await race.clock.advance(LATE_MS);
    spare.give();
    await settle();
    expect(window.from).to.deep.equal([7]);
    race.fetch();
    await settle();
    expect(asked(race.readers[0]!, spare)).to.deep.equal([1, 2]);
  });

  it('leaves the order of replicas as it is when the first was faster after all', async () => {
    const race = new HandRace(1);
    const spare = new HandReader(7);
    race.spares = [spare];
    const window = race.fetch();
    await race.clock.advance(LATE_MS);
    race.readers[0]!.give();
    await settle();
    expect(window.from).to.deep.equal([0]);
    race.fetch();
    await settle();
    expect(asked(race.readers[0]!, spare)).to.deep.equal([2, 1]);
  });
});

describe('opening more readers', () => {
  it('asks for as many as are missing, and waits for those that others asked for', async () => {
    const calls: PromiseWithResolvers<ShardReader | undefined>[] = [];
    const source = {
      failed: () => undefined,
      next: async () => {
        calls.push(Promise.withResolvers());
        return calls.at(-1)!.promise;
      },
    };
    const [first, second] = [new HandReader(0), new HandReader(1)];
    const set = new ReaderSet({ k: 2, n: 9 }, [first, second], source);
    const reason = new Error('gone');
    set.drop(first, reason);
    const picked = set.pick(UNITS);
    expect(calls).to.have.length(1);
    const spare = set.spare([first, second]);
    expect(calls).to.have.length(2);
    // One is missing, and one may still come.
    calls[0]?.resolve(undefined);
    await settle();
    const third = new HandReader(7);
    calls[1]?.resolve(third);
    expect([await picked, await spare]).to.deep.equal([[second, third], third]);

    set.drop(second, reason);
    const again = set.pick(UNITS);
    expect(calls).to.have.length(3);
    // Another one goes while the first is opened: a second one is asked for then.
    set.drop(third, reason);
    const [fourth, fifth] = [new HandReader(4), new HandReader(5)];
    calls[2]?.resolve(fourth);
    await settle();
    expect(calls).to.have.length(4);
    calls[3]?.resolve(fifth);
    expect(await again).to.deep.equal([fourth, fifth]);
  });
});
