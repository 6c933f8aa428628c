import { styleText } from 'node:util';

import type { CliIo } from './io.ts';
import { ProgressView } from './progress-view.ts';

/** One line of `--json`. Amounts of token wei are decimal strings, byte strings 0x hex. */
export interface JsonRecord {
  type: string;
  [field: string]: unknown;
}

export interface OutputInit {
  io: CliIo;
  json: boolean;
  quiet: boolean;
  /** Standard output carries an object's bytes: everything else goes to standard error. */
  dataOnStdout?: boolean | undefined;
}

/** What a command says. People get text; with `--json`, programs get one object per line and no talk. */
export class Output {
  readonly json: boolean;
  readonly progress: ProgressView;
  readonly #init: OutputInit;

  constructor(init: OutputInit) {
    this.#init = init;
    this.json = init.json;
    this.progress = new ProgressView({
      stream: init.io.stderr,
      mode: progressMode(init),
      record: (record) => this.record(record),
    });
  }

  /** A result: `record` for programs, `text` for people. */
  result(record: JsonRecord, text: string): void {
    if (this.json) this.record(record);
    else if (text !== '') this.#write('out', text);
  }

  /** A result for programs only. */
  record(record: JsonRecord): void {
    if (this.json) this.#write('out', JSON.stringify(record, jsonValue));
  }

  /** A result for people only. */
  text(text: string): void {
    if (!this.json) this.#write('out', text);
  }

  /** What happens meanwhile. Gone with --quiet. */
  talk(text: string): void {
    if (!this.json && !this.#init.quiet) this.#write('err', text);
  }

  /** What the user should know although the command goes on. Shown with --quiet too. */
  warn(text: string): void {
    if (this.json) this.record({ type: 'warning', message: text });
    else this.#write('err', `${this.#style('yellow', 'warning:')} ${text}`);
  }

  /** Text on standard error, whatever the mode. */
  error(text: string): void {
    this.#write('err', text);
  }

  errorPrefix(): string {
    return this.#style('red', 'error:');
  }

  #style(color: 'red' | 'yellow', text: string): string {
    const { stderr, env } = this.#init.io;
    return stderr.isTTY === true && (env['NO_COLOR'] ?? '') === ''
      ? styleText(color, text, { validateStream: false })
      : text;
  }

  #write(where: 'out' | 'err', text: string): void {
    const { stdout, stderr } = this.#init.io;
    this.progress.clear();
    const stream = where === 'out' && this.#init.dataOnStdout !== true ? stdout : stderr;
    stream.write(`${text}\n`);
  }
}

function progressMode(init: OutputInit): 'bar' | 'lines' | 'json' | 'none' {
  if (init.json) return 'json';
  if (init.quiet) return 'none';
  return init.io.stderr.isTTY === true ? 'bar' : 'lines';
}

function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`;
  return value;
}
