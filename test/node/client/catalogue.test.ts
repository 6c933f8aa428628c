import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';

import { Catalogue, type CatalogueEntry } from '../../../node/client/catalogue.ts';
import { isStowError } from '../../../node/core/errors.ts';
import { useTempFolder } from './support/temp-folder.ts';

const scope = { chainId: 31337, market: '0xAAaa', client: '0x11' };

function entry(over: Partial<CatalogueEntry> & { fill?: number } = {}): CatalogueEntry {
  const { fill = 1, ...rest } = over;
  return {
    objectKey: new Uint8Array(32).fill(fill),
    name: 'a/b',
    kind: 'file',
    plainBytes: 2 ** 40,
    k: 4,
    n: 6,
    state: 'stored',
    storedAt: 1_700_000_000 + fill,
    ...rest,
  };
}

describe('catalogue', () => {
  const folder = useTempFolder();

  it('keeps entries over a restart, readable by its owner only', async () => {
    const path = join(folder.path, 'deep', 'catalogue.sqlite');
    const first = new Catalogue(path, scope);
    first.put(entry({ txHash: '0xab' }));
    first.close();
    expect((await stat(path)).mode & 0o077).to.equal(0);
    const second = new Catalogue(path, { ...scope, market: '0xaaAA' });
    expect(second.list()).to.deep.equal([entry({ txHash: '0xab' })]);
    second.setState(entry().objectKey, 'removed');
    expect(second.get(entry().objectKey)?.state).to.equal('removed');
    second.delete(entry().objectKey);
    expect(second.get(entry().objectKey)).to.equal(undefined);
    second.close();
  });

  it('shows a wallet nothing of another wallet, chain or market', () => {
    const path = join(folder.path, 'c.sqlite');
    const mine = new Catalogue(path, scope);
    mine.put(entry());
    for (const other of [{ client: '0x12' }, { chainId: 1 }, { market: '0xbb' }]) {
      const theirs = new Catalogue(path, { ...scope, ...other });
      expect(theirs.list()).to.deep.equal([]);
      theirs.close();
    }
    mine.close();
  });

  it('lists equal names newest first', () => {
    const catalogue = new Catalogue(':memory:', scope);
    for (const fill of [1, 3, 2]) catalogue.put(entry({ fill }));
    expect(catalogue.byName('a/b').map(({ objectKey }) => objectKey[0])).to.deep.equal([3, 2, 1]);
    catalogue.close();
  });

  it('keeps what packs hold and what was verified, of a wallet by itself', () => {
    const path = join(folder.path, 'c.sqlite');
    const catalogue = new Catalogue(path, scope);
    const other = new Catalogue(path, { ...scope, client: '0x12' });
    const { objectKey } = entry();
    catalogue.putSegmentHead(objectKey, Uint8Array.of(1, 2));
    catalogue.setVerified(objectKey, { how: 'full', verifiedAt: 5 });
    catalogue.setWritten('/a', objectKey, 'begun');
    for (const [name, at] of [
      ['b', 3],
      ['a', 5],
      ['a', 6],
    ] as const)
      catalogue.putPackDeletion({ kind: 'deletion', name, at });
    expect(catalogue.segmentHead(objectKey)).to.deep.equal(Uint8Array.of(1, 2));
    expect(catalogue.verification(objectKey)).to.deep.equal({ how: 'full', verifiedAt: 5 });
    expect(catalogue.written('/a', objectKey)).to.equal('begun');
    expect(catalogue.written('/a', entry({ fill: 2 }).objectKey)).to.equal(undefined);
    expect(catalogue.packDeletions().map(({ name, at }) => [name, at])).to.deep.equal([
      ['a', 6],
      ['b', 3],
    ]);
    // One that was made anew meanwhile stays.
    catalogue.dropPackDeletions([
      { kind: 'deletion', name: 'a', at: 5 },
      { kind: 'deletion', name: 'b', at: 3 },
    ]);
    expect(catalogue.packDeletions()).to.deep.equal([{ kind: 'deletion', name: 'a', at: 6 }]);
    expect([other.packDeletions(), other.segmentHead(objectKey), other.verification(objectKey)]).to.deep.equal([
      [],
      undefined,
      undefined,
    ]);
    catalogue.close();
    other.close();
  });

  it('keeps the last address at which a provider answered, for this wallet alone', () => {
    const path = join(folder.path, 'c.sqlite');
    const catalogue = new Catalogue(path, scope);
    catalogue.setBulkAddress('peer', { host: '10.0.0.1', port: 1 });
    catalogue.setBulkAddress('peer', { host: 'example.org', port: 65_535 });
    catalogue.close();
    const again = new Catalogue(path, scope);
    expect(again.bulkAddress('peer')).to.deep.equal({ host: 'example.org', port: 65_535 });
    expect(again.bulkAddress('another')).to.equal(undefined);
    again.close();
    const other = new Catalogue(path, { ...scope, client: '0x22' });
    expect(other.bulkAddress('peer')).to.equal(undefined);
    other.close();
  });

  it('takes over a file of an earlier version, and refuses one of a later version', () => {
    const path = join(folder.path, 'c.sqlite');
    const old = new Catalogue(path, scope);
    old.put(entry());
    old.close();
    const db = new DatabaseSync(path);
    for (const table of ['verified', 'written', 'pack_segments', 'pack_deletions', 'addresses'])
      db.exec(`DROP TABLE ${table}`);
    db.exec('PRAGMA user_version = 1');
    const taken = new Catalogue(path, scope);
    expect(taken.list()).to.deep.equal([entry()]);
    expect(taken.packDeletions()).to.deep.equal([]);
    expect(taken.bulkAddress('peer')).to.equal(undefined);
    taken.close();
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(() => new Catalogue(path, scope)).to.throw('it has version 99');
  });

  it('says what to do about a damaged file', async () => {
    const path = join(folder.path, 'c.sqlite');
    await writeFile(path, 'not a database, but long enough to be looked at as one '.repeat(100));
    expect(() => new Catalogue(path, scope))
      .to.throw()
      .that.satisfies((error: unknown) => isStowError(error, 'catalogue-unusable'));
  });
});
