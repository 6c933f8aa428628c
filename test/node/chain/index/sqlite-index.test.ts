import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect } from 'chai';

import { isStowError } from '../../../../node/core/errors.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { useTempFolder } from '../../client/support/temp-folder.ts';
import { askPosted, batchOf, enrolled } from './events.ts';
import { testIndex } from './test-index.ts';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isStowError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'nothing';
}

describe("the index's SQLite file", () => {
  const folder = useTempFolder();
  const path = (): string => join(folder.path, 'index', 'index.sqlite');
  const setUp = [...enrolled(1), ...enrolled(2), askPosted({ provider: 1, askId: 1n })];

  it('is made anew when it is damaged', async () => {
    const first = testIndex({ path: path() });
    await first.apply(batchOf(1n, 20n, setUp), 0n);
    await first.close();
    const bytes = readFileSync(path());
    bytes.fill(0xa5, 100, 20_000);
    writeFileSync(path(), bytes);
    const said: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, text: string) => said.push(text) };
    await using second = testIndex({ path: path(), logger });
    await second.apply(batchOf(1n, 20n, setUp), 0n);
    expect(await second.providerCount()).to.equal(2);
    expect(said.join()).to.contain('damaged');
  });

  it('leaves alone what is not its own', async () => {
    await testIndex({ path: path() }).close();
    writeFileSync(path(), 'shopping list');
    expect(codeOf(() => testIndex({ path: path() }))).to.match(/^index-not-ours: .*index\.sqlite/);
    expect(readFileSync(path(), 'utf8')).to.equal('shopping list');
    const foreign = join(folder.path, 'foreign.sqlite');
    const db = new DatabaseSync(foreign);
    db.exec('CREATE TABLE letters (text TEXT)');
    db.close();
    expect(codeOf(() => testIndex({ path: foreign }))).to.match(/^index-not-ours/);
    expect(existsSync(foreign)).to.equal(true);
  });
});
