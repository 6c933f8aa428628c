import { ExitCode, StowError, messageOf, systemCode } from '../../core/errors.ts';

/** SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const NOT_REACHED = /^(?:08...|57P0[1-5]|53300)$/;
const WRONG_USER = /^28...$/;
const NO_DATABASE = '3D000';
const NOT_ALLOWED = '42501';
/** A lock or a statement took too long, or the server chose this one of two that waited for each other. */
const BUSY = new Set(['55P03', '57014', '40001', '40P01', '25P03']);
/** Broken pages and indexes, and tables or columns that are not there any more. */
const DAMAGE = new Set(['XX001', 'XX002', '42P01', '42703', '3F000']);
const SQL_STATE = /^[\dA-Z]{5}$/;
const SYSTEM_CODE = /^E[A-Z]{2,}$/;
/** What the driver says, without a code, of connections that were lost or did not come about. */
const LOST =
  /^(?:Connection (?:terminated|ended)|timeout e|Query read timeout|Client has encountered a connection error)/;
const NO_PASSWORD = /^SASL: /;

/** Whether what the index has in the database cannot be used any more. */
export function isPostgresDamage(error: unknown): boolean {
  return DAMAGE.has(systemCode(error) ?? '');
}

/**
 * What a failure means to whoever uses the index; what is none of the database's stays as it is.
 * @param server as it may be shown: without user and password
 */
export function explainPostgres(error: unknown, server: string): unknown {
  if (error instanceof StowError || !(error instanceof Error)) return error;
  const code = systemCode(error) ?? '';
  // Several addresses that refuse are one error without words.
  const reason = error.message === '' ? code : messageOf(error);
  const isState = SQL_STATE.test(code) && !SYSTEM_CODE.test(code);
  if (NOT_REACHED.test(code) || (SYSTEM_CODE.test(code) && !isState) || LOST.test(error.message)) {
    return unreachable(server, reason, error);
  }
  if (WRONG_USER.test(code) || NO_PASSWORD.test(error.message)) {
    return refused(server, reason, 'correct user and password in index.url (STOWMARKET_INDEX_URL)', error);
  }
  if (code === NOT_ALLOWED) {
    return refused(server, reason, 'let its user create schemas: GRANT CREATE ON DATABASE … TO …', error);
  }
  return isState ? unusable(server, code, reason, error) : error;
}

function unreachable(server: string, reason: string, cause: unknown): StowError {
  return new StowError({
    code: 'index-unreachable',
    message: `the market's index in PostgreSQL at ${server} cannot be reached: ${reason}`,
    hint: 'look whether the server runs and takes connections (index.url), then try again',
    retryable: true,
    cause,
  });
}

function refused(server: string, reason: string, hint: string, cause: unknown): StowError {
  return new StowError({
    code: 'index-refused',
    message: `PostgreSQL at ${server} does not let us in: ${reason}`,
    hint,
    exitCode: ExitCode.usage,
    cause,
  });
}

function unusable(server: string, code: string, reason: string, cause: unknown): StowError {
  const isBusy = BUSY.has(code);
  return new StowError({
    code: 'index-unusable',
    message: `the market's index in PostgreSQL at ${server} cannot be used: ${reason}`,
    hint: hintOf(code, isBusy),
    retryable: isBusy,
    cause,
  });
}

function hintOf(code: string, isBusy: boolean): string {
  if (isBusy) return 'another command has been writing to it for long: try again';
  if (code === NO_DATABASE) return 'make the database (createdb), or correct index.url';
  return "look into the server's log, then try again";
}
