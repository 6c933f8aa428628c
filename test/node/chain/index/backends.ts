import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type IndexInit, openPostgresIndex, openSqliteIndex } from '../../../../node/chain/index/open-index.ts';
import type { SqlMarketIndex } from '../../../../node/chain/index/sql-market-index.ts';
import { assert } from '../../../../node/core/assert.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';
import { TERMS } from './test-index.ts';

/** Where an index is, for whoever opens it: a file or a schema. */
export type TestPlace = { readonly path: string } | { readonly url: string; readonly schemaName: string };

/** A kind of database that holds indexes: all pass the same tests. */
export interface IndexBackend {
  readonly name: string;
  /** How many examples of a property are worth their time. */
  readonly examples: number;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** For an index that does not exist yet. */
  newPlace(): Promise<TestPlace>;
  /** For an index that nobody opens again. */
  scratch(): Promise<TestPlace>;
}

export async function openAt(place: TestPlace, init: Partial<IndexInit> = {}): Promise<SqlMarketIndex> {
  const whole = { identity: 'a market', terms: TERMS, logger: silentLogger, ...init };
  return 'path' in place ? openSqliteIndex({ ...whole, ...place }) : openPostgresIndex({ ...whole, ...place });
}

class SqliteBackend implements IndexBackend {
  readonly name = 'SQLite';
  readonly examples = 60;
  #folder = '';
  #places = 0;

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'stowmarket-index-'));
  }

  async stop(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async newPlace(): Promise<TestPlace> {
    return { path: join(this.#folder, String(++this.#places), 'index.sqlite') };
  }

  async scratch(): Promise<TestPlace> {
    return { path: ':memory:' };
  }
}

export class PostgresBackend implements IndexBackend {
  readonly name = 'PostgreSQL';
  readonly examples = 12;
  #server: TestPostgres | undefined;
  #places = 0;

  async start(): Promise<void> {
    this.#server = await startPostgres();
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  get server(): TestPostgres {
    assert(this.#server !== undefined, 'started');
    return this.#server;
  }

  async newPlace(): Promise<{ url: string; schemaName: string }> {
    return { url: this.server.urlOf('postgres'), schemaName: `stow_test_${++this.#places}` };
  }

  async scratch(): Promise<TestPlace> {
    return this.newPlace();
  }
}

/** Runs the tests against each kind of database. */
export function forEachBackend(title: (name: string) => string, tests: (backend: IndexBackend) => void): void {
  for (const backend of [new SqliteBackend(), new PostgresBackend()]) {
    describe(title(backend.name), function () {
      // A server is set up once, on a machine that may be busy.
      this.timeout(120_000);
      before(async () => backend.start());
      after(async () => backend.stop());
      tests(backend);
    });
  }
}
