/** What a column holds. Integers are read as bigint: ids have up to 64 bits. */
export type SqlValue = null | number | bigint | string;

/** Values of a statement's parameters, by name. A list is for `Dialect.listed`. */
export type SqlValues = Readonly<Record<string, SqlValue | readonly (number | bigint | string)[]>>;

export type FoundRow = Readonly<Record<string, SqlValue>>;

export type ColumnType = 'integer' | 'real' | 'text';

/** Where one kind of SQL differs from another. The rest of what we say is common to both. */
export interface Dialect {
  readonly types: Readonly<Record<ColumnType, string>>;
  /** Type of a primary key that counts rows as they come. */
  readonly placeType: string;
  /** What follows the columns of a table. */
  readonly tableSuffix: string;
  /** Functions of the lesser and the greater of two values. */
  readonly least: string;
  readonly greatest: string;
  /** A table of one column, `value`, with the values of a list. */
  listed(parameter: string, type: ColumnType, alias: string): string;
  /** Whether a column has one of the values that a subquery finds. The subquery is run first. */
  isAnyOf(column: string, subquery: string): string;
}

/** Rows to be added to a table. */
export interface Insertion {
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  /** A row with the same value in this column is changed instead. */
  readonly key?: string;
}

export interface SqlReader {
  /** Rows of one statement, whose parameters stand in it as `:name`. */
  all(sql: string, values?: SqlValues): Promise<FoundRow[]>;
}

export interface SqlWriter extends SqlReader {
  insert(into: Insertion, rows: readonly (readonly SqlValue[])[]): Promise<void>;
}

/**
 * The index's database. All that is in it comes from the chain, so whatever cannot be used is made anew: an older or newer schema, an
 * index of another market, what is damaged. What belongs to another program is left alone.
 */
export interface SqlDatabase extends SqlReader {
  readonly dialect: Dialect;
  /** All of `work` is in the database when this resolves, or none of it. One at a time, whatever other processes do. */
  write<T>(work: (writer: SqlWriter) => Promise<T>): Promise<T>;
  /** `work` sees one state of the index, whatever others write. */
  read<T>(work: (reader: SqlReader) => Promise<T>): Promise<T>;
  /** Safe to call twice. */
  close(): Promise<void>;
}

export interface SqlDatabaseInit {
  /** What makes the index's tables. */
  readonly schema: string;
  readonly version: number;
  /** What the index is of. One of something else is never used. */
  readonly identity: string;
}
