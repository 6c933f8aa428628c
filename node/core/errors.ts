/**
 * Exit codes of the command line. Other programs branch on them, so a number, once given, keeps its meaning.
 */
export const ExitCode = {
  /** Failure without a better class. */
  general: 1,
  /** Wrong arguments or configuration: nothing was tried. */
  usage: 2,
  /** Some of the work was done and stays done. */
  partial: 3,
  notFound: 4,
  /** The same command may succeed later. */
  tryAgain: 5,
  /** Not enough funds, or a quote above the caller's ceiling. */
  funds: 6,
  /** Bytes do not match what was promised: a root, a tag, a signature. */
  integrity: 7,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface StowErrorInit {
  /** Stable, kebab-case, prefixed by its area: `store-full`, `frame-truncated`. Callers branch on it. */
  code: string;
  /** One sentence: what happened, and to what. */
  message: string;
  /** One sentence: what to do next. */
  hint?: string | undefined;
  /** True when repeating the same call may succeed without anybody changing anything. */
  retryable?: boolean | undefined;
  /** Defaults to `general`, or `tryAgain` when retryable. */
  exitCode?: ExitCode | undefined;
  cause?: unknown;
}

/** Every failure that the project reports to a caller. Programmer errors are `AssertionError` instead. */
export class StowError extends Error {
  override readonly name = 'StowError';
  readonly code: string;
  readonly hint?: string;
  readonly retryable: boolean;
  readonly exitCode: ExitCode;

  constructor(init: StowErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    if (init.hint !== undefined) this.hint = init.hint;
    this.retryable = init.retryable ?? false;
    this.exitCode = init.exitCode ?? (this.retryable ? ExitCode.tryAgain : ExitCode.general);
  }
}

/** Whether `error` is a StowError, of the given code when one is named. */
export function isStowError(error: unknown, code?: string): error is StowError {
  return error instanceof StowError && (code === undefined || error.code === code);
}

/** The POSIX code (`ENOSPC`, `EIO`, …) of a system error, or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
