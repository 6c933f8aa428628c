import { expect } from 'chai';

import { Catalogue, type CatalogueEntry } from '../../../node/client/catalogue.ts';
import { matchObject, unknownObject } from '../../../node/client/find-object.ts';
import { objectHealth } from '../../../node/client/object-health.ts';
import { removeObject } from '../../../node/client/remove.ts';
import { listObjects, type StoredObject } from '../../../node/client/stored-object.ts';
import { isStowError, StowError } from '../../../node/core/errors.ts';
import { agreementRow, CLIENT, indexOf, keyOf, providersProving } from './support/rows.ts';

const NOW_S = 1_700_000_000;

function entryOf(fill: number, over: Partial<CatalogueEntry> = {}): CatalogueEntry {
  return {
    objectKey: keyOf(fill),
    name: `name-${fill}`,
    kind: 'file',
    plainBytes: 1,
    k: 2,
    n: 3,
    state: 'stored',
    storedAt: NOW_S,
    ...over,
  };
}

describe('stored objects', () => {
  let catalogue: Catalogue;
  beforeEach(() => {
    catalogue = new Catalogue(':memory:', { chainId: 1, market: '0x1', client: CLIENT });
  });
  afterEach(() => catalogue.close());

  const list = async (rows: Parameters<typeof indexOf>[0], nowS = NOW_S): Promise<StoredObject[]> =>
    listObjects({ index: indexOf(rows), catalogue, address: CLIENT }, nowS);

  describe('catalogue and chain together', () => {
    it('show what only the chain knows, without a name', async () => {
      const [object] = await list([agreementRow(keyOf(1), 0), agreementRow(keyOf(1), 1)]);
      expect(object).to.include({ entry: undefined, state: 'live', endPeriod: 100 });
    });

    it('finish an object whose program died while its transaction was on its way', async () => {
      catalogue.put(entryOf(1, { state: 'forming' }));
      expect((await list([agreementRow(keyOf(1), 0)]))[0]).to.deep.include({ state: 'live' });
      expect(catalogue.get(keyOf(1))?.state).to.equal('stored');
    });

    it('keep one that is not on chain yet, and forget it once its agreements cannot be formed any more', async () => {
      catalogue.put(entryOf(1, { state: 'forming' }));
      expect((await list([])).map(({ state }) => state)).to.deep.equal(['forming']);
      expect(await list([], NOW_S + 31 * 60)).to.deep.equal([]);
      expect(catalogue.list()).to.deep.equal([]);
    });

    it('tell what another machine removed from what only moves in part', async () => {
      const noticed = (count: number): Parameters<typeof indexOf>[0] =>
        [0, 1, 2].map((shard) => agreementRow(keyOf(1), shard, { noticed: shard < count }));
      const stateWith = async (count: number) => (await list(noticed(count)))[0]?.state;
      // Without the code, only all of them are a removal.
      expect([await stateWith(2), await stateWith(3)]).to.deep.equal(['live', 'leaving']);
      catalogue.put(entryOf(1));
      // Of 2 of 3, re-tendering takes one at a time.
      expect([await stateWith(1), await stateWith(2)]).to.deep.equal(['live', 'leaving']);
    });

    it('tell removed and ended ones apart', async () => {
      catalogue.put(entryOf(1, { state: 'removed' }));
      expect((await list([agreementRow(keyOf(1), 0)]))[0]?.state).to.equal('leaving');
      expect((await list([agreementRow(keyOf(1), 0, { status: 'kept' })]))[0]).to.include({
        state: 'over',
        endPeriod: undefined,
      });
    });
  });

  describe('finding one', () => {
    const objects = async (): Promise<StoredObject[]> =>
      list([0x11, 0x12, 0xa1].map((fill) => agreementRow(keyOf(fill), 0)));

    it('goes by name, the newest first', async () => {
      catalogue.put(entryOf(0x11, { name: 'a', storedAt: 1 }));
      catalogue.put(entryOf(0x12, { name: 'a', storedAt: 2 }));
      const found = matchObject(await objects(), '/a/');
      expect(found?.object.objectKey).to.deep.equal(keyOf(0x12));
      expect(found?.olderNamesakes).to.equal(1);
    });

    it('prefers one that still runs over a newer one that ended', async () => {
      catalogue.put(entryOf(0x11, { name: 'a', storedAt: 1 }));
      catalogue.put(entryOf(0x12, { name: 'a', storedAt: 2 }));
      const rows = [agreementRow(keyOf(0x11), 0), agreementRow(keyOf(0x12), 0, { status: 'kept' })];
      expect(matchObject(await list(rows), 'a')?.object.objectKey).to.deep.equal(keyOf(0x11));
    });

    it('goes by key or its start, with or without 0x', async () => {
      for (const text of ['a1a1', '0xA1A1A1', 'a1'.repeat(32)])
        expect(matchObject(await objects(), text)?.object.objectKey, text).to.deep.equal(keyOf(0xa1));
      expect(matchObject(await objects(), 'a1a')).to.equal(undefined);
    });

    it('asks for more digits when a start fits several', async () => {
      const close = [keyOf(0x33), keyOf(0x33)];
      close[1]![31] = 1;
      const two = await list(close.map((key) => agreementRow(key, 0)));
      expect(() => matchObject(two, '3333'))
        .to.throw()
        .that.satisfies((error: unknown) => isStowError(error, 'object-ambiguous'));
    });

    it('suggests what comes close', async () => {
      catalogue.put(entryOf(0x11, { name: 'photos/cat.jpg' }));
      const error = unknownObject(await objects(), 'cat.jpg');
      expect(error.message).to.contain('photos/cat.jpg');
      expect(error.exitCode).to.equal(4);
    });
  });

  it('report the health of each shard', async () => {
    const rows = [
      agreementRow(keyOf(1), 0),
      agreementRow(keyOf(1), 1),
      agreementRow(keyOf(1), 2, { status: 'failed' }),
      agreementRow(keyOf(1), 3, { startPeriod: 20 }),
    ];
    const health = await objectHealth((await list(rows))[0]!, providersProving({ 1: 19, 2: 17, 4: 20 }), 20);
    expect(health.shards.map(({ state }) => state)).to.deep.equal(['proven', 'late', 'failed', 'proven']);
    expect(health).to.include({ live: 3, proving: 2 });
    const [fresh] = await list([agreementRow(keyOf(1), 0, { startPeriod: 21 })]);
    expect((await objectHealth(fresh!, providersProving({}), 20)).shards[0]?.state).to.equal('starting');
  });

  describe('removing one', () => {
    const object = async (): Promise<StoredObject> => {
      catalogue.put(entryOf(1));
      return (await list([0, 1, 2].map((index) => agreementRow(keyOf(1), index))))[0]!;
    };
    const signal = (): AbortSignal => new AbortController().signal;

    it('gives notice of every running agreement', async () => {
      const given: bigint[] = [];
      const result = await removeObject({ giveNotice: async (id) => void given.push(id), catalogue }, await object(), {
        signal: signal(),
      });
      expect(given).to.have.lengthOf(3);
      expect(result.given).to.deep.equal(given);
      expect(catalogue.get(keyOf(1))?.state).to.equal('removed');
    });

    it('goes on after a failure, tells of it, and can be run again', async () => {
      let calls = 0;
      const giveNotice = async (): Promise<void> => {
        calls++;
        if (calls === 1)
          throw new StowError({ code: 'agreements-nothing-to-shorten', message: 'ends as early without' });
        if (calls === 2) throw new StowError({ code: 'chain-unreachable', message: 'gone' });
      };
      const result = await removeObject({ giveNotice, catalogue }, await object(), { signal: signal() });
      expect([result.given.length, result.unneeded.length, result.failed.length]).to.deep.equal([1, 1, 1]);
      // What was given notice of in part is not to be renewed.
      expect(catalogue.get(keyOf(1))?.state).to.equal('removed');
    });

    it('stops at ctrl-C and says what it left', async () => {
      const abort = new AbortController();
      const result = await removeObject({ giveNotice: async () => abort.abort(), catalogue }, await object(), {
        signal: abort.signal,
      });
      expect([result.given.length, result.untried.length]).to.deep.equal([1, 2]);
    });
  });
});
