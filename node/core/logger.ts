import { pino, type DestinationStream } from 'pino';

/** Structured fields of one line. Values must be JSON; bigint is written as a decimal string. */
export type LogFields = Record<string, unknown>;

/** What every part of the project logs through. Built once per process and passed down. */
export interface Logger {
  child(bindings: LogFields): Logger;
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Field names whose values never reach a log, at the top level or one or two below it. A second line of defence:
 * the first is that no caller passes them.
 */
const SECRET_FIELDS = [
  'privateKey',
  'secretKey',
  'secret',
  'password',
  'passphrase',
  'mnemonic',
  'seedPhrase',
  'signature',
  'ticket',
  'voucher',
  'authorization',
] as const;

const REDACT_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

export interface LoggerInit {
  level?: LogLevel | undefined;
  /** Bindings of every line, such as `{provider: '0x…'}`. */
  base?: LogFields | undefined;
  /** Where the lines go: a file, a pretty printer, a test's array. Standard error when absent, as stdout is for data. */
  destination?: DestinationStream | undefined;
}

/** One JSON object per line. Errors under `err` keep code, message, stack and cause. */
export function createLogger(init: LoggerInit = {}): Logger {
  const options = {
    level: init.level ?? 'info',
    base: init.base ?? {},
    redact: { paths: REDACT_PATHS, censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: writeBigints },
  };
  return pino(options, init.destination ?? pino.destination({ fd: 2, sync: true }));
}

/** For tests and for library use: drops everything. */
export const silentLogger: Logger = {
  child: () => silentLogger,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** JSON has no bigint, and amounts of money are bigints: a log call must not throw over one. */
function writeBigints(fields: LogFields): LogFields {
  if (!Object.values(fields).some((value) => typeof value === 'bigint')) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'bigint' ? value.toString() : value]),
  );
}
