import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

  it('says what to do about a damaged file', async () => {
    const path = join(folder.path, 'c.sqlite');
    await writeFile(path, 'not a database, but long enough to be looked at as one '.repeat(100));
    expect(() => new Catalogue(path, scope))
      .to.throw()
      .that.satisfies((error: unknown) => isStowError(error, 'catalogue-unusable'));
  });
});
