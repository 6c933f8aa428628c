import { assert } from '../../core/assert.ts';
import type { Column } from './columns.ts';
import type { ColumnType, Dialect, FoundRow, Insertion, SqlReader, SqlValue, SqlWriter } from './sql-database.ts';
import type { RowChange } from './working-rows.ts';

/** Columns of a row, each by the name of its field. */
type Columns<Row> = { readonly [field in keyof Row]-?: Column<Row[field]> };

/** A column that follows from a row, for queries. */
interface DerivedColumn<Row> {
  readonly type: ColumnType;
  of(row: Row): SqlValue;
}

export interface RowTableInit<Row, Key extends keyof Row & string, Derived extends string> {
  readonly name: string;
  /** The field that names a row. */
  readonly key: Key;
  readonly columns: Columns<Row>;
  readonly derived: Readonly<Record<Derived, DerivedColumn<Row>>>;
}

/**
 * Rows of one kind, each with a place in the order in which they came, and beside them what they were before recent stretches of blocks
 * changed them: one copy, or the mark that there was none, for each row and stretch.
 */
export class RowTable<Row extends object, Key extends keyof Row & string, Derived extends string = never> {
  readonly #init: RowTableInit<Row, Key, Derived>;
  readonly #keyColumn: { readonly name: string; readonly type: ColumnType };
  readonly #fields: readonly (keyof Row & string)[];
  readonly #columnOf: Readonly<Record<keyof Row & string, string>>;
  readonly #insertion: Insertion;

  constructor(init: RowTableInit<Row, Key, Derived>) {
    const { name, key, columns, derived } = init;
    this.#init = init;
    this.#keyColumn = { name: snake(key), type: columns[key].type };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the columns are the fields
    this.#fields = Object.keys(columns) as (keyof Row & string)[];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an entry for each field
    this.#columnOf = Object.fromEntries(this.#fields.map((field) => [field, snake(field)])) as Record<
      keyof Row & string,
      string
    >;
    const own = this.#fields.map((field) => ({ name: snake(field), type: columns[field].type }));
    const following = Object.entries<DerivedColumn<Row>>(derived).map(([column, { type }]) => ({ name: column, type }));
    this.#insertion = { table: name, columns: [...own, ...following], key: snake(key) };
  }

  get name(): string {
    return this.#init.name;
  }

  /** What creates it. */
  schemaIn({ types, placeType, tableSuffix }: Dialect): string {
    const { name, columns } = this.#init;
    const optional = new Set(this.#fields.filter((field) => columns[field].isOptional === true).map(snake));
    const all = this.#insertion.columns.map((column) => ({ ...column, sqlType: types[column.type] }));
    return `
      CREATE TABLE ${name} (
        place ${placeType},
        ${all.map((column) => `${column.name} ${column.sqlType}${optional.has(column.name) ? '' : ' NOT NULL'}`).join(',\n        ')},
        UNIQUE (${this.#keyColumn.name})
      )${tableSuffix};
      CREATE TABLE ${name}_before (
        -- Last of the stretch that changed it.
        block ${types.integer} NOT NULL,
        -- Null for a row that was not there.
        place ${types.integer},
        ${all.map((column) => `${column.name} ${column.sqlType}`).join(',\n        ')},
        PRIMARY KEY (block, ${this.#keyColumn.name})
      )${tableSuffix};`;
  }

  /** Those of the rows that are there. */
  async get(reader: SqlReader, dialect: Dialect, keys: readonly Row[Key][]): Promise<Row[]> {
    if (keys.length === 0) return [];
    const found = await reader.all(`SELECT * FROM ${this.name} WHERE ${this.#isListed(dialect)}`, this.#listOf(keys));
    return found.map((row) => this.decode(row));
  }

  /** Writes what a stretch changed. What it was before is kept when `undoBlock` names the last block of the stretch. */
  async write(
    writer: SqlWriter,
    dialect: Dialect,
    changes: readonly RowChange<Row, Row[Key]>[],
    undoBlock: bigint | undefined,
  ): Promise<void> {
    const { columns, key, derived } = this.#init;
    if (undoBlock !== undefined) await this.#keep(writer, dialect, changes, undoBlock);
    const removed = changes.filter(({ after }) => after === undefined).map(({ key: gone }) => gone);
    if (removed.length > 0) {
      await writer.all(`DELETE FROM ${this.name} WHERE ${this.#isListed(dialect)}`, this.#listOf(removed));
    }
    const rows = changes.flatMap(({ after }) => after ?? []);
    assert(new Set(rows.map((row) => row[key])).size === rows.length, 'each row is written once');
    const following = Object.values<DerivedColumn<Row>>(derived);
    await writer.insert(
      this.#insertion,
      rows.map((row) => [
        ...this.#fields.map((field) => columns[field].encode(row[field])),
        ...following.map((column) => column.of(row)),
      ]),
    );
  }

  /** Brings every row back to what it was before the blocks above `block`. */
  async rollback(writer: SqlWriter, block: bigint): Promise<void> {
    const names = ['place', ...this.#insertion.columns.map(({ name }) => name)].join(', ');
    const key = this.#keyColumn.name;
    const later = `FROM ${this.name}_before WHERE block > :block`;
    await writer.all(`DELETE FROM ${this.name} WHERE ${key} IN (SELECT ${key} ${later})`, { block });
    // The oldest of what was kept of a row is what it was before all of them.
    await writer.all(
      `INSERT INTO ${this.name} (${names}) SELECT ${names} FROM ${this.name}_before
       WHERE place IS NOT NULL AND (${key}, block) IN (SELECT ${key}, min(block) ${later} GROUP BY ${key})`,
      { block },
    );
    await writer.all(`DELETE ${later}`, { block });
  }

  /** Forgets how to go back to blocks below `floor`. */
  async prune(writer: SqlWriter, floor: bigint): Promise<void> {
    await writer.all(`DELETE FROM ${this.name}_before WHERE block <= :floor`, { floor });
  }

  async clear(writer: SqlWriter): Promise<void> {
    await writer.all(`DELETE FROM ${this.name}`);
    await writer.all(`DELETE FROM ${this.name}_before`);
  }

  decode(found: FoundRow): Row {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all fields make a row
    return this.decodeSome(found, this.#fields) as Row;
  }

  /** Only these fields: a quote looks at thousands of rows, and at little of each. */
  decodeSome<field extends keyof Row & string>(
    found: FoundRow,
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

  async #keep(
    writer: SqlWriter,
    dialect: Dialect,
    changes: readonly RowChange<Row, Row[Key]>[],
    undoBlock: bigint,
  ): Promise<void> {
    const { columns, key } = this.#init;
    const [were, came] = [changes.filter(({ wasThere }) => wasThere), changes.filter(({ wasThere }) => !wasThere)];
    if (were.length > 0) {
      const names = ['place', ...this.#insertion.columns.map(({ name }) => name)].join(', ');
      await writer.all(
        `INSERT INTO ${this.name}_before (block, ${names}) SELECT CAST(:undoBlock AS BIGINT), ${names} FROM ${this.name}
         WHERE ${this.#isListed(dialect)}`,
        { undoBlock, ...this.#listOf(were.map((change) => change.key)) },
      );
    }
    await writer.insert(
      { table: `${this.name}_before`, columns: [{ name: 'block', type: 'integer' }, this.#keyColumn] },
      came.map((change) => [undoBlock, columns[key].encode(change.key)]),
    );
  }

  #isListed(dialect: Dialect): string {
    return `${this.#keyColumn.name} IN (SELECT value FROM ${dialect.listed('keys', this.#keyColumn.type, 'listed')})`;
  }

  #listOf(keys: readonly Row[Key][]): { keys: (number | bigint | string)[] } {
    const column = this.#init.columns[this.#init.key];
    return {
      keys: keys.map((key) => {
        const value = column.encode(key);
        assert(value !== null, 'a key is not null');
        return value;
      }),
    };
  }
}

/** `pricePerUnitPeriod` as `price_per_unit_period`. */
function snake(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
