import { expect } from 'chai';
import { getEventListeners } from 'node:events';

import { UNIT_BYTES } from '../../../../node/core/units.ts';
import { RacedReads, type PlanReads } from '../../../../node/pipeline/decode/raced-reads.ts';
import { ReaderSet, type ShardReader } from '../../../../node/pipeline/decode/reader-set.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { settle, unhandledDuring } from '../../support/unhandled.ts';
import { asked, HandRace, HandReader, LATE_MS, UNITS } from './hand-race.ts';

describe('reads of a window', () => {
  it('gives what each was asked for, and of whom nothing is needed is not asked', async () => {
    const race = new HandRace(2);
    const window = race.fetch(([, second]) => new Map(second === undefined ? [] : [[second, { from: 3, to: 5 }]]));
    await settle();
    expect(race.readers.map((reader) => reader.asked)).to.deep.equal([[], [{ from: 3, to: 5 }]]);
    const bytes = race.readers[1]!.give();
    await settle();
    expect(window.from).to.deep.equal([0, 1]);
    expect([...window.fetched!.units]).to.deep.equal([
      [race.readers[1], { from: 3, to: 5, bytes, reader: race.readers[1] }],
    ]);
    expect(race.readers[1]!.released).to.deep.equal([]);
  });

  for (const [got, more, isAsked] of [
    [{ from: 2, to: 6 }, { from: 2, to: 6 }, false],
    [{ from: 2, to: 6 }, { from: 3, to: 5 }, false],
    [{ from: 2, to: 6 }, { from: 1, to: 6 }, true],
    [{ from: 2, to: 6 }, { from: 2, to: 7 }, true],
  ] as const) {
    const again = `units ${more.from} to ${more.to} after ${got.from} to ${got.to}`;
    it(`asks ${isAsked ? 'again' : 'no more'} of those that are left, when whoever replaces another needs ${again}`, async () => {
      const race = new HandRace(2);
      const spare = new HandReader(5);
      race.spares = [spare];
      const window = race.fetch(
        (picked) => new Map(picked.map((reader) => [reader, picked.includes(spare) ? more : got] as const)),
      );
      await settle();
      race.readers[1]!.give();
      const reason = new Error('hung up');
      race.readers[0]!.fail(reason);
      await settle();
      expect(race.failed).to.deep.equal([[0, reason]]);
      expect(spare.asked).to.deep.equal([more]);
      expect(race.readers[1]!.asked).to.deep.equal(isAsked ? [got, more] : [got]);
      spare.give();
      await settle();
      if (isAsked) {
        expect(window.from).to.equal(undefined);
        race.readers[1]!.give();
        await settle();
      }
      expect(window.from).to.deep.equal([1, 5]);
      const { from, to } = window.fetched!.units.get(race.readers[1]!)!;
      expect({ from, to }).to.deep.equal(isAsked ? more : got);
    });
  }

  it('ends at once with the reason of its signal, whoever does not listen, and holds it against nobody', async () => {
    const race = new HandRace(2);
    const window = race.fetch();
    await settle();
    expect(getEventListeners(race.abort.signal, 'abort')).to.have.length(1);
    const reason = new Error('interrupted');
    race.abort.abort(reason);
    await settle();
    expect(window.error).to.equal(reason);
    race.readers[0]!.fail(reason);
    await settle();
    expect(race.failed).to.deep.equal([]);
    expect(getEventListeners(race.abort.signal, 'abort')).to.have.length(0);
  });

  it('holds against nobody that he failed in the moment of the abort', async () => {
    const race = new HandRace(1);
    const window = race.fetch();
    await settle();
    const reason = new Error('interrupted');
    race.readers[0]!.fail(new Error('connection closed'));
    race.abort.abort(reason);
    await settle();
    expect([window.error, race.failed, race.opened]).to.deep.equal([reason, [], 0]);
  });

  it('does not begin for a signal that has aborted, and listens to none after its end', async () => {
    const race = new HandRace(1);
    const window = race.fetch();
    await settle();
    race.readers[0]!.give();
    await settle();
    expect(window.from).to.deep.equal([0]);
    expect(getEventListeners(race.abort.signal, 'abort')).to.have.length(0);
    const reason = new Error('too late');
    race.abort.abort(reason);
    const second = race.fetch();
    await settle();
    expect([second.error, asked(...race.readers)]).to.deep.equal([reason, [1]]);
  });

  it('lets go of whoever fails after it was over, and of nobody who still gives', async () => {
    const race = new HandRace(2);
    const spare = new HandReader(5);
    race.spares = [spare];
    const window = race.fetch();
    await settle();
    race.readers[0]!.give();
    await race.clock.advance(LATE_MS);
    expect(asked(spare)).to.deep.equal([1]);
    spare.give();
    await settle();
    expect([window.from, race.failed]).to.deep.equal([[0, 5], []]);
    const reason = new Error('its unit 3 has other bytes');
    race.readers[1]!.fail(reason);
    await settle();
    expect(race.failed).to.deep.equal([[1, reason]]);
  });

  it('gives back what came too late, and what came in vain', async () => {
    const race = new HandRace(4);
    const [, , third, fourth] = race.readers as [HandReader, HandReader, HandReader, HandReader];
    const [spare, other] = [new HandReader(7), new HandReader(8)];
    race.spares = [spare, other];
    const window = race.fetch();
    await settle();
    const kept = race.readers.slice(0, 2).map((reader) => reader.give());
    await race.clock.advance(LATE_MS);
    expect(asked(spare, other)).to.deep.equal([1, 1]);
    // All at once: one more than is needed.
    const inVain = third.give();
    kept.push(spare.give(), other.give());
    await settle();
    expect(window.from).to.deep.equal([0, 1, 7, 8]);
    expect([...window.fetched!.units.values()].map(({ bytes }) => kept.indexOf(bytes))).to.have.members([0, 1, 2, 3]);
    expect(third.released).to.deep.equal([inVain]);
    const late = fourth.give();
    await settle();
    expect(fourth.released).to.deep.equal([late]);
    expect([race.readers[0]!, race.readers[1]!, spare, other].flatMap(({ released }) => released)).to.deep.equal([]);
  });

  it('gives back what a reader gave that failed later', async () => {
    const race = new HandRace(2);
    const [first, second] = race.readers as [HandReader, HandReader];
    const [spare, other] = [new HandReader(7), new HandReader(8)];
    race.spares = [spare, other];
    const window = race.fetch(
      (picked) => new Map(picked.map((reader) => [reader, { from: 0, to: picked.includes(spare) ? 6 : 4 }] as const)),
    );
    await settle();
    const bytes = second.give();
    first.fail(new Error('hung up'));
    await settle();
    expect(second.asked).to.have.length(2);
    second.fail(new Error('hung up, too'));
    await settle();
    spare.give();
    other.give();
    await settle();
    expect(window.from).to.deep.equal([7, 8]);
    expect(second.released).to.deep.equal([bytes]);
  });

  it('takes readers that know nothing of memory, and never say what they wait for', async () => {
    const clock = new ManualClock();
    const answers = new Map<number, (bytes: Uint8Array) => void>();
    const bare = (index: number): ShardReader => ({
      index,
      readUnits: async () => new Promise((resolve) => answers.set(index, resolve)),
    });
    const lost: unknown[] = [];
    const spares = [7, 8].map(bare);
    const source = {
      failed: (_: ShardReader, reason: unknown) => lost.push(reason),
      next: async () => spares.shift(),
    };
    const reads = new RacedReads(new ReaderSet({ k: 4, n: 9 }, [0, 1, 2, 3].map(bare), source, clock), clock);
    const planReads: PlanReads = (readers) => new Map(readers.map((reader) => [reader, { from: 0, to: UNITS }]));
    const fetching = reads.fetch(UNITS, planReads, new AbortController().signal);
    const give = (index: number): void => answers.get(index)?.(new Uint8Array(UNITS * UNIT_BYTES));
    await settle();
    for (const index of [0, 1]) give(index);
    await clock.advance(LATE_MS);
    for (const index of [2, 7, 8]) give(index);
    const { readers } = await fetching;
    expect(readers.map(({ index }) => index)).to.deep.equal([0, 1, 7, 8]);
    give(3);
    await settle();
    expect(lost).to.deep.equal([]);
  });

  it('has nobody listen for what comes after its end, and needs nobody', async () => {
    const race = new HandRace(2);
    const unhandled = await unhandledDuring(async () => {
      const window = race.fetch();
      await settle();
      race.readers[0]!.fail(new Error('hung up'));
      await settle();
      expect(window.error).to.include({ code: 'too-few-shards' });
      race.readers[1]!.fail(new Error('hung up'));
    });
    expect(unhandled).to.deep.equal([]);
    expect(race.failed.map(([index]) => index)).to.deep.equal([0, 1]);
  });
});
