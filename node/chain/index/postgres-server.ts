import pg from 'pg';

/** Longest wait for a connection: a server that is there answers within a second, also far away. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Longest for one statement: clearing an index of millions of rows takes seconds. Something that hangs is given up. */
const STATEMENT_TIMEOUT_MS = 60_000;
/** Another command holds the index for one stretch of blocks at a time: seconds for the largest. */
const LOCK_TIMEOUT_MS = 30_000;
/** When the connection itself hangs, the server's own limits say nothing: somewhat longer than those. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 10_000;
/** One writes, some read at the same time; each costs the server a process, and it has a hundred by default. */
const MAX_CONNECTIONS = 4;
/** OID of `bigint`, which the driver reads as text. */
const BIGINT_OID = 20;

/** A PostgreSQL server and how it is reached. */
export interface PostgresServer {
  /** `host:port/database`: all that may be shown of it. */
  readonly name: string;
  readonly pool: pg.Pool;
}

/** @param schema where statements find their tables */
export function connectPostgres(url: string, schema: string): PostgresServer {
  const parsed = new URL(url);
  const { searchParams } = parsed;
  const host = searchParams.get('host') ?? (parsed.hostname === '' ? 'localhost' : parsed.hostname);
  const port = searchParams.get('port') ?? (parsed.port === '' ? '5432' : parsed.port);
  // Compiling a plan takes longer than any of our statements does.
  const settings = [searchParams.get('options') ?? '', `-c search_path=${schema}`, '-c jit=off'];
  searchParams.set('options', settings.join(' ').trim());
  const pool = new pg.Pool({
    connectionString: parsed.href,
    fallback_application_name: 'stowmarket',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
    max: MAX_CONNECTIONS,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === BIGINT_OID ? BigInt : pg.types.getTypeParser(oid, format),
    },
  });
  return { name: `${host}:${port}${decodeURI(parsed.pathname)}`, pool };
}
