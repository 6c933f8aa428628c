import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';

import { expect } from 'chai';

import { openSqlite, transaction } from '../../../node/store/sqlite.ts';

describe('openSqlite', () => {
  let folder: string;
  const path = (): string => join(folder, 'new', 'file.sqlite');
  const upgraded: number[] = [];
  const open = (version = 1, upgrade?: (db: DatabaseSync, from: number) => void, at = path()): DatabaseSync =>
    openSqlite({
      path: at,
      what: 'the shopping list',
      code: 'list-unusable',
      hint: 'write a new one',
      version,
      upgrade:
        upgrade ??
        ((db, from) => {
          upgraded.push(from);
          db.exec('CREATE TABLE IF NOT EXISTS items (name TEXT) STRICT');
        }),
      durability: 'full',
    });
  const failure = (work: () => unknown): Error & { code?: string; hint?: string } => {
    try {
      work();
    } catch (error) {
      if (error instanceof Error) return error;
    }
    throw new Error('it did not fail');
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stow-sqlite-'));
    upgraded.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes a file that only its owner reads, and its tables once for each version', () => {
    for (const version of [1, 1, 2]) {
      const db = open(version);
      db.exec("INSERT INTO items VALUES ('a')");
      db.close();
    }
    expect(upgraded).to.deep.equal([0, 1]);
    expect(statSync(path()).mode & 0o777).to.equal(0o600);
    const db = open(2);
    expect(db.prepare('SELECT count(*) AS n FROM items').get()?.['n']).to.equal(3);
    expect(db.prepare('PRAGMA synchronous').get()?.['synchronous']).to.equal(2);
    db.close();
  });

  it('changes nothing where an upgrade fails, and names the file and what to do', () => {
    open(1).close();
    const broken = (db: DatabaseSync): void => {
      db.exec('CREATE TABLE more (name TEXT) STRICT');
      throw new Error('midway');
    };
    const error = failure(() => open(2, broken));
    expect(error).to.include({ code: 'list-unusable', hint: 'write a new one' });
    expect(error.message).to.equal(`the shopping list ${path()} cannot be used: midway`);
    const db = open(1);
    expect(db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'more'").get()).to.equal(undefined);
    db.close();
  });

  it('leaves a file of a later version and one that is no database as they are', () => {
    open(3).close();
    expect(failure(() => open(2)).message).to.include('it has version 3, this program knows 2');
    const text = 'not a database, but long enough to be looked at as one '.repeat(100);
    const other = join(folder, 'other');
    writeFileSync(other, text);
    expect(failure(() => open(1, undefined, other))).to.include({ code: 'list-unusable' });
    expect(readFileSync(other, 'utf8')).to.equal(text);
  });

  it('commits all of a transaction or nothing', () => {
    const db = open();
    const add = (name: string): unknown => db.prepare('INSERT INTO items VALUES (?)').run(name);
    expect(transaction(db, () => (add('a'), 'done'))).to.equal('done');
    const work = (): never => {
      add('b');
      throw new Error('midway');
    };
    expect(() => transaction(db, work)).to.throw('midway');
    expect(db.prepare('SELECT name FROM items').all()).to.have.length(1);
    db.close();
  });
});
