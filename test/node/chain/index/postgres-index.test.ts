import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import type { ChainView } from '../../../../node/chain/client.ts';
import { openIndex } from '../../../../node/chain/index/open-index.ts';
import { PostgresDatabase } from '../../../../node/chain/index/postgres-database.ts';
import { schemaNameOf } from '../../../../node/chain/index/postgres-schema.ts';
import type { SqlWriter } from '../../../../node/chain/index/sql-database.ts';
import type { SqlMarketIndex } from '../../../../node/chain/index/sql-market-index.ts';
import { LogWatcher } from '../../../../node/chain/log-watcher.ts';
import { systemClock } from '../../../../node/core/clock.ts';
import { isStowError, type StowError } from '../../../../node/core/errors.ts';
import { type Logger, silentLogger } from '../../../../node/core/logger.ts';
import { fakeChainView } from '../../client/support/fake-chain.ts';
import { rejection } from '../../support/rejection.ts';
import { openAt, PostgresBackend } from './backends.ts';
import { batchOf, digestOf, enrolled } from './events.ts';
import { TERMS } from './test-index.ts';

const WRITER = fileURLToPath(new URL('endless-writer.ts', import.meta.url));

/** A provider a block. */
const blockOf = (number: bigint) => batchOf(number, number, enrolled(Number(number)));

describe('the index on a PostgreSQL server', function () {
  this.timeout(120_000);
  const backend = new PostgresBackend();
  let place: { url: string; schemaName: string };
  let said: string[];
  const logger: Logger = {
    ...silentLogger,
    warn: (fields: object, text: string) => said.push(`${text} ${JSON.stringify(fields)}`),
    debug: (fields: object, text: string) => said.push(`${text} ${JSON.stringify(fields)}`),
    child: () => logger,
  };

  before(async () => backend.start());
  after(async () => backend.stop());
  beforeEach(async () => {
    place = await backend.newPlace();
    said = [];
  });
  afterEach('nothing that was said has the password in it', () => {
    expect(said.join('\n')).not.to.contain(new URL(place.url).password);
  });

  const query = async (sql: string): Promise<Record<string, unknown>[]> => backend.server.query(place.url, sql);

  /** How opening an index there fails, checked for what it must not show. */
  async function refusal(url: string): Promise<StowError> {
    const error = await rejection(openAt({ ...place, url }));
    const { password } = new URL(url);
    const shown = [error.message, error.hint, JSON.stringify(error), String(error.stack), JSON.stringify(error.cause)];
    if (password !== '') expect(shown.join('\n')).not.to.contain(password);
    return error;
  }

  describe('with several that write', () => {
    it('has each stretch once, whoever was first', async () => {
      const writers = await Promise.all([1, 2, 3].map(async () => openAt(place)));
      const write = async (index: SqlMarketIndex): Promise<void> => {
        for (let last = 0n; last < 40n; last = (await index.block()) ?? 0n) await index.apply(blockOf(last + 1n), 0n);
      };
      await Promise.all(writers.map(write));
      const [one] = writers;
      expect(await one!.providerCount()).to.equal(40);
      expect((await one!.marks()).map(({ number }) => number)).to.deep.equal(
        Array.from({ length: 40 }, (_, at) => BigInt(at + 1)),
      );
      await one!.rollback(25n);
      expect(await writers[1]!.providerCount()).to.equal(25);
      await Promise.all(writers.map(async (index) => index.close()));
    });

    it('is whole after two processes wrote and were killed', async () => {
      const writers = [1, 2].map(() =>
        spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WRITER, JSON.stringify(place)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        }),
      );
      await Promise.race(writers.map(async (writer) => once(writer.stdout, 'data')));
      for (const writer of writers) writer.kill('SIGKILL');
      await Promise.all(writers.map(async (writer) => once(writer, 'exit')));
      await using index = await openAt(place);
      const last = (await index.block()) ?? 0n;
      expect(last >= 20n).to.equal(true);
      expect(BigInt(await index.providerCount())).to.equal(last);
      await index.apply(blockOf(last + 1n), 0n);
    });

    it('shows one state while it is read, and nothing of what failed', async () => {
      const schema = 'CREATE TABLE numbers (n BIGINT)';
      const db = await PostgresDatabase.open({ ...place, schema, version: 1, identity: 'numbers', logger });
      const add = async (writer: SqlWriter): Promise<unknown> =>
        writer.all('INSERT INTO numbers VALUES (:n)', { n: 7n });
      await db.write(add);
      const seen = await db.read(async (reader) => {
        const before = await reader.all('SELECT n FROM numbers');
        await db.write(add);
        return [before, await reader.all('SELECT n FROM numbers')];
      });
      expect(seen).to.deep.equal([[{ n: 7n }], [{ n: 7n }]]);
      const failing = db.write(async (writer) => {
        await add(writer);
        throw new Error('enough');
      });
      expect(await failing.catch((error: unknown) => error)).to.have.property('message', 'enough');
      expect(await db.all('SELECT n FROM numbers')).to.have.length(2);
      await db.close();
    });

    it('is made once by two that open it at the same time', async () => {
      const both = await Promise.all([1, 2, 3, 4].map(async () => openAt(place)));
      await both[0]!.apply(blockOf(1n), 0n);
      for (const index of both) expect(await index.block()).to.equal(1n);
      await Promise.all(both.map(async (index) => index.close()));
    });
  });

  describe('when the server goes away', () => {
    it('says so, and goes on where it was once the server is back', async () => {
      await using index = await openAt(place, { logger });
      await index.apply(blockOf(1n), 0n);
      await backend.server.kill();
      for (const asked of [index.provider(1), index.apply(blockOf(2n), 0n), index.rollback(1n)]) {
        const error = await rejection(asked);
        expect(error).to.include({ code: 'index-unreachable', retryable: true });
        expect(error.message).to.contain(`127.0.0.1:${backend.server.port}/postgres`);
        expect(error.hint).to.contain('index.url');
      }
      await backend.server.restart();
      expect((await index.provider(1))?.id).to.equal(1);
      await index.apply(blockOf(2n), 0n);
      expect([await index.block(), await index.providerCount()]).to.deep.equal([2n, 2]);
    });

    it('has a stretch whole or not at all, however it was broken off', async () => {
      await using index = await openAt(place);
      for (let crash = 1; crash <= 3; crash++) {
        const writing = (async () => {
          for (;;) await index.apply(blockOf(((await index.block()) ?? 0n) + 1n), 0n);
        })().catch((error: unknown) => error);
        await new Promise((resolve) => setTimeout(resolve, 60 * crash));
        await backend.server.kill();
        expect(isStowError(await writing, 'index-unreachable')).to.equal(true);
        await backend.server.restart();
        const last = (await index.block()) ?? 0n;
        expect(BigInt(await index.providerCount())).to.equal(last);
        expect(last > 0n).to.equal(true);
      }
    });

    it('does not end following the chain, which may have changed in the meantime', async () => {
      const chain = { head: 5n, branch: 'main', forkedAt: 100n };
      const branchOf = (block: bigint): string => (block > chain.forkedAt ? chain.branch : 'main');
      const fake = fakeChainView();
      const client = {
        getBlockNumber: async () => chain.head,
        getBlock: async ({ blockNumber = 0n }) => ({
          number: blockNumber,
          hash: digestOf(`${branchOf(blockNumber)} ${blockNumber}`),
        }),
        getLogs: async () => [],
      };
      const view = { ...fake, client: client as unknown as ChainView['client'] };
      await using index = await openAt(place);
      const watcher = new LogWatcher({ view, sink: index, logger, clock: systemClock }, { pollMs: 10 });
      watcher.start();
      for (; chain.head < 8n; chain.head++) await watcher.syncTo(chain.head);
      await backend.server.kill();
      Object.assign(chain, { head: 12n, branch: 'other', forkedAt: 6n });
      await new Promise((resolve) => setTimeout(resolve, 100));
      await backend.server.restart();
      while (((await index.block()) ?? 0n) < 12n) await new Promise((resolve) => setTimeout(resolve, 20));
      await watcher.stop();
      expect(said.join()).to.contain('cannot follow the chain').and.to.contain('the chain was reorganised');
      const marks = await index.marks();
      for (const { number, hash } of marks) expect(hash).to.equal(digestOf(`${branchOf(number)} ${number}`));
      expect(marks.map(({ number }) => number)).to.include.members([5n, 6n, 12n]);
    });

    it('is no reason to fail for a connection that was idle', async () => {
      await using index = await openAt(place);
      await index.apply(blockOf(1n), 0n);
      await query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await index.block()).to.equal(1n);
    });
  });

  describe('that cannot be used', () => {
    const withUrl = (change: (url: URL) => void): string => {
      const url = new URL(place.url);
      change(url);
      return url.href;
    };

    it('refuses a wrong password, which is not shown', async () => {
      const error = await refusal(withUrl((url) => (url.password = 'hunter2-hunter2')));
      expect(error).to.include({ code: 'index-refused', retryable: false, exitCode: 2 });
      expect(error.hint).to.contain('STOWMARKET_INDEX_URL');
      expect((await refusal(withUrl((url) => (url.password = '')))).code).to.equal('index-refused');
    });

    it('is not there: nobody listens, or the host has no address', async () => {
      const closed = await refusal(withUrl((url) => (url.port = '1')));
      expect(closed).to.include({ code: 'index-unreachable', retryable: true, exitCode: 5 });
      expect(closed.message).to.contain('127.0.0.1:1/postgres');
      expect((await refusal(withUrl((url) => (url.hostname = 'nowhere.invalid')))).code).to.equal('index-unreachable');
    });

    it('has no such database, or a user who may make nothing in it', async () => {
      const missing = await refusal(withUrl((url) => (url.pathname = '/nowhere')));
      expect(missing.code).to.equal('index-unusable');
      expect(missing.hint).to.contain('createdb');
      await query("CREATE ROLE guest LOGIN PASSWORD 'guest-password'");
      const guest = await refusal(withUrl((url) => ([url.username, url.password] = ['guest', 'guest-password'])));
      expect(guest.code).to.equal('index-refused');
      expect(guest.hint).to.contain('GRANT CREATE');
    });

    it('is in an encoding that cannot keep every text', async () => {
      await query("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
      const error = await refusal(withUrl((url) => (url.pathname = '/latin')));
      expect(error).to.include({ code: 'index-unusable', exitCode: 2 });
      expect(error.message).to.contain('LATIN1');
    });

    it('takes a schema that was prepared for it, empty', async () => {
      await query(
        `CREATE ROLE tenant LOGIN PASSWORD 'tenant-password'; CREATE SCHEMA ${place.schemaName} AUTHORIZATION tenant`,
      );
      const url = withUrl((to) => ([to.username, to.password] = ['tenant', 'tenant-password']));
      await using index = await openAt({ ...place, url });
      await index.apply(blockOf(1n), 0n);
      expect(await index.providerCount()).to.equal(1);
    });
  });

  describe('and what others have there', () => {
    it('is left alone, even where the index belongs', async () => {
      for (const table of ['letters', 'market']) {
        await query(`DROP SCHEMA IF EXISTS ${place.schemaName} CASCADE; CREATE SCHEMA ${place.schemaName};
          CREATE TABLE ${place.schemaName}.${table} (identity TEXT); INSERT INTO ${place.schemaName}.${table} VALUES ('theirs')`);
        const error = await rejection(openAt(place));
        expect(error).to.include({ code: 'index-not-ours', exitCode: 2 });
        expect(error.message).to.contain(place.schemaName);
        expect(await query(`SELECT * FROM ${place.schemaName}.${table}`)).to.deep.equal([{ identity: 'theirs' }]);
      }
    });

    it('is left alone when it takes the place of an open index', async () => {
      await using index = await openAt(place);
      await query(`DROP SCHEMA ${place.schemaName} CASCADE; CREATE SCHEMA ${place.schemaName};
        CREATE TABLE ${place.schemaName}.letters (text TEXT)`);
      expect((await rejection(index.block())).code).to.equal('index-not-ours');
      expect(await query(`SELECT * FROM ${place.schemaName}.letters`)).to.deep.equal([]);
    });

    it('does not mix: markets share a database', async () => {
      await using one = await openAt(place);
      await using other = await openAt(await backend.newPlace(), { identity: 'another market' });
      await one.apply(blockOf(1n), 0n);
      expect([await one.block(), await other.block()]).to.deep.equal([1n, undefined]);
    });
  });

  describe('that is damaged', () => {
    const damages: [string, string][] = [
      ['a table is gone', 'DROP TABLE asks'],
      ['a column is gone', 'ALTER TABLE asks DROP COLUMN expiry'],
      ['all is gone', 'DROP SCHEMA SCHEMA_NAME CASCADE'],
    ];
    for (const [title, sql] of damages) {
      it(`is made anew: ${title}`, async () => {
        await using index = await openAt(place, { logger });
        await index.apply(blockOf(1n), 0n);
        await query(`SET search_path TO ${place.schemaName}; ${sql.replace('SCHEMA_NAME', place.schemaName)}`);
        expect(await rejection(index.asksOf([1]))).to.include({ code: 'index-damaged', retryable: true });
        expect(said.join()).to.contain('damaged');
        expect(await index.block()).to.equal(undefined);
        await index.apply(blockOf(1n), 0n);
        expect(await index.providerCount()).to.equal(1);
      });
    }

    it('is not fought over with another version of the program', async () => {
      await using index = await openAt(place);
      await index.apply(blockOf(1n), 0n);
      await query(`UPDATE ${place.schemaName}.market SET version = version + 1`);
      expect((await rejection(index.apply(blockOf(2n), 0n))).code).to.equal('index-unusable');
      await query(`ALTER TABLE ${place.schemaName}.asks DROP COLUMN expiry`);
      expect((await rejection(index.asksOf([1]))).code).to.equal('index-unusable');
      expect(await index.providerCount()).to.equal(1);
      await using anew = await openAt(place, { logger });
      expect(await anew.block()).to.equal(undefined);
      expect(said.join()).to.contain('of another market or program version');
    });
  });

  it('says when another command holds it for too long', async () => {
    const url = new URL(place.url);
    url.searchParams.set('lock_timeout', '200');
    await using index = await openAt({ ...place, url: url.href });
    const holding = query(`BEGIN; SELECT * FROM ${place.schemaName}.market FOR UPDATE; SELECT pg_sleep(1)`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await rejection(index.apply(blockOf(1n), 0n))).to.include({ code: 'index-unusable', retryable: true });
    await holding;
    await index.apply(blockOf(1n), 0n);
  });

  it('is opened by its URL, in a schema named after the market', async () => {
    const fake = fakeChainView();
    const client = { getBlock: async () => ({ number: 0n, hash: digestOf('first') }) };
    const view = { ...fake, client: client as unknown as ChainView['client'] };
    const url = await backend.server.newDatabase();
    const made = await openIndex({ view, place: { url, folder: '/nowhere' }, terms: TERMS, logger: silentLogger });
    await made.close();
    await made.close();
    const name = schemaNameOf(31_337, fake.deployment.contracts.agreements);
    expect(name).to.equal(`stow_31337_${'9'.repeat(40)}`);
    const tables = await backend.server.query(url, 'SELECT tablename FROM pg_tables WHERE schemaname = $1', [name]);
    expect(tables.map(({ tablename }) => tablename)).to.include.members(['providers', 'asks', 'marks', 'market']);
  });
});
