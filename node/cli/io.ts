import type { Readable, Writable } from 'node:stream';

export interface TerminalOutput extends Writable {
  isTTY?: boolean;
  columns?: number;
}

/** What a command touches of the outside, so that tests hand in their own. */
export interface CliIo {
  stdin: Readable & { isTTY?: boolean };
  /** Data only: what another program reads. */
  stdout: TerminalOutput;
  /** Talk: progress, notes, errors. */
  stderr: TerminalOutput;
  env: NodeJS.ProcessEnv;
}
