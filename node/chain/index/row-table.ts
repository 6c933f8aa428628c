import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';

import type { Column } from './columns.ts';
import type { IndexDatabase } from './index-database.ts';

/** Columns of a row, each by the name of its field. */
type Columns<Row> = { readonly [field in keyof Row]-?: Column<Row[field]> };

export interface RowTableInit<Row, Derived extends string> {
  readonly name: string;
  /** The field that names a row. */
  readonly key: keyof Row & string;
  readonly columns: Columns<Row>;
  /** Columns that follow from a row, for queries. */
  readonly derived: Readonly<Record<Derived, { readonly type: string; of(row: Row): SQLInputValue }>>;
}

/**
 * Rows of one kind, each with a place in the order in which they came, and beside them what they were before recent blocks changed them:
 * one copy, or the mark that there was none, for each row and change.
 */
export class RowTable<Row extends object, Derived extends string = never> {
  readonly #init: RowTableInit<Row, Derived>;
  readonly #fields: readonly (keyof Row & string)[];
  readonly #columnOf: Readonly<Record<keyof Row & string, string>>;
  readonly #sql: Readonly<Record<'get' | 'put' | 'remove' | 'keep' | 'keepAbsence', string>>;

  constructor(init: RowTableInit<Row, Derived>) {
    const { name, key, columns } = init;
    this.#init = init;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the columns are the fields
    this.#fields = Object.keys(columns) as (keyof Row & string)[];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an entry for each field
    this.#columnOf = Object.fromEntries(this.#fields.map((field) => [field, snake(field)])) as Record<
      keyof Row & string,
      string
    >;
    const names = this.#names();
    const changes = names.filter((column) => column !== snake(key)).map((column) => `${column} = excluded.${column}`);
    this.#sql = {
      get: `SELECT * FROM ${name} WHERE ${snake(key)} = ?`,
      put: `INSERT INTO ${name} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
        ON CONFLICT (${snake(key)}) DO UPDATE SET ${changes.join(', ')}`,
      remove: `DELETE FROM ${name} WHERE ${snake(key)} = ?`,
      keep: `INSERT INTO ${name}_before (block, place, ${names.join(', ')})
        SELECT ?, place, ${names.join(', ')} FROM ${name} WHERE ${snake(key)} = ?`,
      keepAbsence: `INSERT INTO ${name}_before (block, ${snake(key)}) VALUES (?, ?)`,
    };
  }

  /** What creates it. */
  get schema(): string {
    const { name, key, columns, derived } = this.#init;
    const own = this.#fields.map((field) => ({ column: snake(field), type: columns[field].type }));
    const following = Object.entries<{ type: string }>(derived).map(([column, { type }]) => ({ column, type }));
    const all = [...own, ...following];
    const kept = all.map(({ column, type }) => `${column} ${type.replace(' NOT NULL', '')}`);
    return `
      CREATE TABLE ${name} (
        place INTEGER PRIMARY KEY,
        ${all.map(({ column, type }) => `${column} ${type}`).join(',\n        ')},
        UNIQUE (${snake(key)})
      ) STRICT;
      CREATE TABLE ${name}_before (
        step INTEGER PRIMARY KEY,
        block INTEGER NOT NULL,
        -- Null for a row that was not there.
        place INTEGER,
        ${kept.join(',\n        ')}
      ) STRICT;
      CREATE INDEX ${name}_before_by_block ON ${name}_before (block);`;
  }

  get(db: IndexDatabase, key: SQLInputValue): Row | undefined {
    const found = db.statement(this.#sql.get).get(key);
    return found === undefined ? undefined : this.decode(found);
  }

  /** Adds a row, or changes the one with its key. What it was before is kept when `undoBlock` names the block that changes it. */
  put(db: IndexDatabase, row: Row, undoBlock: bigint | undefined): void {
    const { key, columns, derived } = this.#init;
    if (undoBlock !== undefined) this.#keep(db, columns[key].encode(row[key]), undoBlock);
    const own = this.#fields.map((field) => columns[field].encode(row[field]));
    const following = Object.values<{ of(row: Row): SQLInputValue }>(derived).map((column) => column.of(row));
    db.statement(this.#sql.put).run(...own, ...following);
  }

  remove(db: IndexDatabase, key: SQLInputValue, undoBlock: bigint | undefined): void {
    if (undoBlock !== undefined) this.#keep(db, key, undoBlock);
    db.statement(this.#sql.remove).run(key);
  }

  /** Brings every row back to what it was before the blocks above `block`. */
  rollback(db: IndexDatabase, block: bigint): void {
    const { name, key } = this.#init;
    const names = ['place', ...this.#names()].join(', ');
    const column = snake(key);
    const later = `FROM ${name}_before WHERE block > ?`;
    db.statement(`DELETE FROM ${name} WHERE ${column} IN (SELECT ${column} ${later})`).run(block);
    // The oldest of what was kept of a row is what it was before all of them.
    db.statement(
      `INSERT INTO ${name} (${names}) SELECT ${names} FROM ${name}_before
       WHERE step IN (SELECT min(step) ${later} GROUP BY ${column}) AND place IS NOT NULL`,
    ).run(block);
    db.statement(`DELETE ${later}`).run(block);
  }

  /** Forgets how to go back to blocks below `floor`. */
  prune(db: IndexDatabase, floor: bigint): void {
    db.statement(`DELETE FROM ${this.#init.name}_before WHERE block <= ?`).run(floor);
  }

  clear(db: IndexDatabase): void {
    db.statement(`DELETE FROM ${this.#init.name}`).run();
    db.statement(`DELETE FROM ${this.#init.name}_before`).run();
  }

  decode(found: Record<string, SQLOutputValue>): Row {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all fields make a row
    return this.decodeSome(found, this.#fields) as Row;
  }

  /** Only these fields: a quote looks at thousands of rows, and at little of each. */
  decodeSome<field extends keyof Row & string>(
    found: Record<string, SQLOutputValue>,
    fields: readonly field[],
    prefix = '',
  ): Pick<Row, field> {
    const { columns } = this.#init;
    const row: Partial<Pick<Row, field>> = {};
    for (const field of fields) row[field] = columns[field].decode(found[`${prefix}${this.#columnOf[field]}`] ?? null);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every field has just got its value
    return row as Pick<Row, field>;
  }

  /** The columns of these fields. */
  columnsOf(fields: readonly (keyof Row & string)[]): string[] {
    return fields.map((field) => this.#columnOf[field]);
  }

  #keep(db: IndexDatabase, key: SQLInputValue, undoBlock: bigint): void {
    const kept = db.statement(this.#sql.keep).run(undoBlock, key);
    if (kept.changes === 0n || kept.changes === 0) db.statement(this.#sql.keepAbsence).run(undoBlock, key);
  }

  #names(): string[] {
    return [...this.#fields.map(snake), ...Object.keys(this.#init.derived)];
  }
}

/** `pricePerUnitPeriod` as `price_per_unit_period`. */
function snake(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
